"""Draw docs/unlock.svg, the picture of the README: how the six published curves unlock the supply."""

import pathlib
import re

from lvo.plan import BUCKETS
from lvo.report.charts import WIDE, Band, stacked_curve
from lvo.units import SUPPLY, WHOLE

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
LIGHT = "--paper:#fbfaf7;--ink:#1c1e20;--soft:#55595d;--faint:#6f7478;--hair:#e6e4de;--sans:system-ui,sans-serif;"
COLOURS = ("#4477aa", "#66ccee", "#228833", "#aa3377", "#ccbb44", "#ee6677")


def main() -> None:
    """Write the picture; the same every time."""
    bands = [
        Band(facts.name, facts.id, SUPPLY * facts.share_bps // WHOLE, facts.default)
        for facts in sorted(BUCKETS, key=lambda facts: facts.id)
    ]
    chart = str(stacked_curve(bands, now=-1, title="How LVO unlocks over 48 months", frame=WIDE, prefix="unlock"))
    rules = "".join(f".f{number}{{fill:{colour}}}" for number, colour in enumerate(COLOURS))
    style = (
        f"<style>svg{{{LIGHT}background:var(--paper);font-family:var(--sans)}}text{{fill:var(--ink);font-size:13px}}"
        ".grid{stroke:var(--hair)}.tick{stroke:var(--soft)}.axis{fill:var(--soft)}.axis.end{text-anchor:end}"
        f".axis.mid{{text-anchor:middle}}.faint{{fill:var(--faint);font-size:11px}}{rules}</style>"
    )
    chart = re.sub(r"<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', chart, count=1)
    # The picture counts from month 0, so the dates say nothing.
    chart = re.sub(r"<tspan[^>]*>[A-Z][a-z]{2} \d{4}</tspan>", "", chart).replace("From 1 Jan 1970 over", "Over")
    chart = re.sub(r"(<svg[^>]*>)", lambda match: match[1] + style, chart, count=1)
    (DOCS / "unlock.svg").write_text(chart + "\n")


if __name__ == "__main__":
    main()
