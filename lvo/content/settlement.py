"""Who gets what at the end of a submission, and why: each line says its reason, and the lines sum to what came in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lvo.models.review import MAJORITY, Choice, Status, Terms
from lvo.units import WHOLE

_SIDES = {Status.PUBLISHED: Choice.YES, Status.REJECTED: Choice.NO}


@dataclass(frozen=True)
class Round:
    """A panel as it was at the end.

    Attributes
    ----------
    payer
        Who paid its fee: the author, or the appellant.
    seats
        Of each seat: the reviewer, its collateral in wei, its vote, and who proved its leak ("" if nobody did).
        Fewer than seven: the panel never was.
    """

    payer: str
    seats: tuple[tuple[str, int, Choice, str], ...]

    @property
    def full(self) -> bool:
        """Whether it judged."""
        return len(self.seats) == 7

    def count(self, choice: Choice) -> int:
        """How many seats voted so."""
        return sum(vote == choice for _, _, vote, _ in self.seats)

    @property
    def verdict(self) -> Choice:
        """What it said."""
        return next((side for side in (Choice.YES, Choice.NO) if self.count(side) >= MAJORITY), Choice.NONE)


@dataclass(frozen=True)
class Line:
    """A sum that somebody put in (negative) or was paid, in wei, in which round (0 for none), and why."""

    who: str
    amount: int
    round: int
    why: str


def outcome_of(rounds: Iterable[Round]) -> Status:
    """Return what more panels said."""
    said = [each.verdict for each in rounds if each.full]
    yes, no = said.count(Choice.YES), said.count(Choice.NO)
    if not said:
        return Status.UNREVIEWED
    return Status.INCONCLUSIVE if yes == no else Status.PUBLISHED if yes > no else Status.REJECTED


def explain(terms: Terms, author: str, stake: int, rounds: Sequence[Round]) -> list[Line]:
    """Explain a settled submission.

    Parameters
    ----------
    terms
        Of the contract.
    stake
        In wei.
    rounds
        All of them, the first one first.

    Returns
    -------
    list
        What went in and what came out. All lines sum to zero.
    """
    outcome = outcome_of(rounds)
    right = _SIDES.get(outcome)
    said = [each.verdict for each in rounds if each.full]
    contested = Choice.YES in said and Choice.NO in said
    fee = stake * terms.fee_bps // WHOLE
    bond = fee * terms.bond_bps // WHOLE
    lines = [Line(author, -stake, 0, "stake")]
    lost = stake * terms.reject_bps // WHOLE if outcome == Status.REJECTED else 0
    if lost:
        lines.append(Line(terms.commons, lost, 0, "part of the rejected author's stake"))
    charged = 0
    for number, panel in enumerate(rounds, 1):
        due = fee if number == 1 else bond
        if number > 1:
            lines.append(Line(panel.payer, -due, number, "bond of the appeal"))
        lines += [Line(who, -held, number, "collateral") for who, held, _, _ in panel.seats]
        if not panel.full:
            lines += [Line(who, held, number, "collateral back: too few bid") for who, held, _, _ in panel.seats]
            if number > 1:
                lines.append(Line(panel.payer, due, number, "bond back: too few bid"))
            continue
        revealed = panel.count(Choice.YES) + panel.count(Choice.NO)
        if number == 1 and revealed:
            charged = due
        if number > 1 and not revealed:
            lines.append(Line(panel.payer, due, number, "bond back: nobody revealed"))
        called = rounds[number].payer if number < len(rounds) and rounds[number].full else ""
        lines += _panel(terms, number, panel, due if revealed else 0, right, contested, called)
    lines.append(
        Line(author, stake - lost - charged, 0, f"stake{' less' * bool(lost or charged)}{_less(lost, charged)}")
    )
    return [line for line in lines if line.amount]


def _less(lost: int, charged: int) -> str:
    parts = [" the first panel's fee"] * bool(charged) + [" what a rejected author loses"] * bool(lost)
    return " and".join(parts)


def _panel(
    terms: Terms, number: int, panel: Round, fee: int, right: Choice | None, contested: bool, called: str
) -> list[Line]:
    """What a full panel pays; ``called`` is who appealed against it."""
    collateral = min(held for _, held, _, _ in panel.seats)
    verdict = panel.verdict
    overturned = right is not None and verdict not in (right, Choice.NONE)
    yes, no = panel.count(Choice.YES), panel.count(Choice.NO)
    paid = {side for side, count, other in ((Choice.YES, yes, no), (Choice.NO, no, yes)) if count >= other}
    pot, lines, winners = fee, [], []
    for index, (who, held, vote, finder) in enumerate(panel.seats):
        loss, why = 0, "collateral"
        if vote == Choice.NONE:
            loss, why = collateral * terms.no_show_bps // WHOLE, "collateral less the penalty for not revealing"
            pot += loss
        elif vote == Choice.LEAKED:
            loss, why = collateral, "what was bid above the lowest; the vote had leaked"
            pot += collateral - collateral // 2
            lines.append(Line(finder, collateral // 2, number, "half of a seat whose leak it proved"))
        elif overturned:
            why = "collateral; nothing for a panel that was overturned"
        elif vote in paid:
            winners.append(index)
        elif verdict == right and not contested:
            loss, why = collateral * terms.minority_bps // WHOLE, "collateral less the penalty of the minority"
            lines.append(Line(terms.commons, loss, number, "penalty of a minority"))
        else:
            why = "collateral; nothing for the smaller side"
        lines.append(Line(who, held - loss, number, why))
    for index in winners:
        share = pot // len(winners) + (pot % len(winners) if index == winners[0] else 0)
        lines.append(Line(panel.seats[index][0], share, number, "equal part of the fee and of the penalties"))
    if not winners:
        refund = fee * terms.refund_bps // WHOLE if overturned and called else 0
        if refund:
            lines.append(Line(called, refund, number, "part of the fee of a panel it had overturned"))
        lines.append(Line(terms.commons, pot - refund, number, "what an overturned or silent panel did not earn"))
    return lines


def net(lines: Iterable[Line]) -> dict[str, int]:
    """Return what each account gained or lost, in wei, in the order in which they appear."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.who] = sums.get(line.who, 0) + line.amount
    return sums
