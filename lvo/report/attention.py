"""The attention report: what campaigns paid in which epoch, and to whom, as one HTML file that needs no network."""

from collections.abc import Sequence

from markupsafe import Markup

from lvo.attention.query import Entry, by_campaign, by_epoch
from lvo.report.page import page, short

PARTIES = (("viewers", "to_viewers", 0), ("publishers", "to_publishers", 1), ("platform", "to_platform", 2))
"""Who is paid, which sum it is, and the colour."""
MOST_BARS = 24
WIDTH, HEIGHT, FOOT = 960, 260, 34
"""Of a chart, in units of the drawing."""


def bars(entries: Sequence[Entry], labels: Sequence[str], title: str, prefix: str) -> Markup:
    """Draw spends as stacked bars: what went to viewers, publishers and the platform.

    Parameters
    ----------
    entries
        One for each bar.
    labels
        What stands under each.
    title
        Of the chart, for those who do not see it.
    prefix
        Of the ids in the drawing.
    """
    most = max((entry.spend for entry in entries), default=0) or 1
    step = WIDTH * 10 // max(len(entries), 1)
    drawn = []
    for i, (entry, label) in enumerate(zip(entries, labels, strict=True)):
        top = HEIGHT * 10
        for _, name, colour in PARTIES:
            height = getattr(entry, name) * HEIGHT * 10 // most
            top -= height
            drawn.append(
                Markup('<rect class="f{}" x="{}" y="{}" width="{}" height="{}"/>').format(
                    colour, _tenths(i * step + step // 10), _tenths(top), _tenths(step * 8 // 10), _tenths(height)
                )
            )
        drawn.append(
            Markup('<text x="{}" y="{}" text-anchor="middle" class="tick">{}</text>').format(
                _tenths(i * step + step // 2), HEIGHT + 16, label
            )
        )
    spelled = "; ".join(f"{label}: {short(entry.spend)} LVO" for entry, label in zip(entries, labels, strict=True))
    return Markup(
        '<svg viewBox="0 0 {0} {1}" role="img" aria-labelledby="{2}-t {2}-d"><title id="{2}-t">{3}</title>'
        '<desc id="{2}-d">{4}</desc>{5}</svg>'
    ).format(WIDTH, HEIGHT + FOOT, prefix, title, spelled, Markup("").join(drawn))


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}" if value % 10 else str(value // 10)


def render(ledger: str, chain_id: int, entries: Sequence[Entry]) -> str:
    """Draw the report.

    Parameters
    ----------
    ledger, chain_id
        Whose lines these are.
    entries
        All lines; see :func:`lvo.attention.query.read_lines`.

    Returns
    -------
    str
        The page; the same bytes for the same lines.
    """
    epochs, campaigns = by_epoch(entries), by_campaign(entries)
    shown, largest = epochs[-MOST_BARS:], campaigns[:MOST_BARS]
    return page(
        "attention.html",
        {
            "title": "LIVE VIDEO: the public ledger of attention",
            "ledger": ledger,
            "chain_id": chain_id,
            "parties": PARTIES,
            "epochs": epochs,
            "campaigns": campaigns[:100],
            "campaign_count": len(campaigns),
            "totals": {name: sum(getattr(entry, name) for entry in epochs) for name in ("spend", "units", "receipts")},
            "viewers": sum(entry.to_viewers for entry in epochs),
            "epoch_chart": bars(shown, [str(entry.epoch) for entry in shown], "Spend by epoch", "epochs"),
            "campaign_chart": bars(
                largest, [entry.campaign[2:6] for entry in largest], "The largest campaigns", "campaigns"
            ),
        },
    )
