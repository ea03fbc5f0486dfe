"""The arithmetic of an epoch as Ibis expressions, the same on every engine.

Receipts -> validated -> the latest of each (campaign, viewer, publisher) -> capped for each viewer over all publishers
-> limited to what a line can have -> units of each viewer and of each publisher -> amounts.

The engine multiplies, compares and sums. The few divisions are in Python integers: how many units a budget buys, and
how they are shared where more attention was given than can be paid (:func:`lvo.apportion.apportion`).

One number of 63 bits stands for campaign, viewer and publisher, in this order from the top, so that grouping by all
three or by the first two is grouping by one integer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lvo.apportion import apportion
from lvo.attention.engine import Engine
from lvo.attention.journal import AttentionError, Campaign
from lvo.attention.messages import MOST_UNITS
from lvo.attention.signatures import PUBLISHER_FLAW, VIEWER_FLAW

REASONS = {
    1: "names no campaign, publisher or viewer of the lists",
    2: "of another epoch",
    3: f"no units, or more than {MOST_UNITS}",
    4: "the campaign did not run in this epoch",
    5: "viewer and publisher are the same account",
    VIEWER_FLAW: "the viewer's signature is not by the viewer, nor by a key registered for this epoch",
    PUBLISHER_FLAW: "the publisher's signature is not by the publisher, nor by a key registered for this epoch",
}
"""Why a receipt counts for nothing; of several reasons the first is given."""
_MOST = (1 << 63) - 1
_DECIMAL = "decimal(38,0)"

Stages = Mapping[int, Sequence[int]]
"""For a campaign's place, the units of its line that became final, in the order in which they did."""


@dataclass(frozen=True)
class Line:
    """What one campaign owes for the epoch.

    Attributes
    ----------
    campaign
        Its place in the list.
    units
        Units that count.
    receipts, viewers
        How many receipts count, at most one for each viewer and publisher, and how many viewers they are of.
    shown
        Units before caps and limits.
    """

    campaign: int
    units: int
    receipts: int
    viewers: int
    shown: int


@dataclass(frozen=True)
class Computed:
    """What the engine found.

    Attributes
    ----------
    counts
        Rows ``read``, ``accepted``, ``rejected`` and ``merged`` into a later receipt.
    reasons
        Rejected rows by reason.
    lines
        By campaign; those without units are left out.
    viewers, publishers
        Wei of each place, rising; nobody who gets nothing.
    platform
        Wei.
    """

    counts: dict[str, int]
    reasons: dict[int, int]
    lines: list[Line]
    viewers: list[tuple[int, int]]
    publishers: list[tuple[int, int]]
    platform: int


@dataclass
class Pipeline:
    """The expressions of one epoch on one engine.

    Attributes
    ----------
    engine
        Where they run.
    checked
        Files as :mod:`lvo.attention.signatures` writes them.
    campaigns
        The list.
    epoch
        Its number.
    publishers, viewers
        Lengths of the lists.
    widths
        Bits of a publisher's and of a viewer's place.
    same
        Places (publisher, viewer) of accounts that are in both lists.
    scratch
        A folder for small tables.
    only
        Places of the campaigns to compute; all by default.
    """

    engine: Engine
    checked: Sequence[Path]
    campaigns: Sequence[Campaign]
    epoch: int
    publishers: int
    viewers: int
    widths: tuple[int, int]
    same: Sequence[tuple[int, int]]
    scratch: Path
    only: frozenset[int] | None = None
    _small: int = field(default=0, init=False)
    _accepted: Any = field(default=None, init=False)
    _latest: Any = field(default=None, init=False)

    # ------------------------------------------------------------------------------------------------- validating

    def judged(self) -> Any:
        """Return every receipt with the number of the first reason against it, 0 if there is none."""
        import ibis

        receipts = self.engine.read(self.checked)
        terms = self._table(
            {"place": range(len(self.campaigns)), "runs": [c.start <= self.epoch < c.stop for c in self.campaigns]},
            {"place": "int32", "runs": "bool"},
        )
        joined = receipts.left_join(terms, receipts.campaign == terms.place)
        flaw = joined.flaw.cast("int8")
        same: Any = ibis.literal(False)
        if self.same:
            pairs = self._table(
                {"own_publisher": [p for p, _ in self.same], "own_viewer": [v for _, v in self.same]},
                {"own_publisher": "int32", "own_viewer": "int32"},
            )
            joined = joined.left_join(
                pairs, (joined.publisher == pairs.own_publisher) & (joined.viewer == pairs.own_viewer)
            )
            flaw = joined.flaw.cast("int8")
            same = joined.own_viewer.notnull()
        known = (
            joined.runs.notnull()
            & joined.publisher.between(0, self.publishers - 1)
            & joined.viewer.between(0, self.viewers - 1)
        )
        reason = ibis.cases(
            (~known, ibis.literal(1, "int8")),
            (joined.epoch != self.epoch, ibis.literal(2, "int8")),
            (~joined.units.between(1, MOST_UNITS), ibis.literal(3, "int8")),
            (~joined.runs, ibis.literal(4, "int8")),
            (same, ibis.literal(5, "int8")),
            else_=flaw,
        )
        names = ("campaign", "publisher", "viewer", "epoch", "units", "context")
        return joined.select(**{name: joined[name] for name in names}, reason=reason)

    def rejects(self) -> Iterator[tuple[Any, ...]]:
        """Yield (campaign, publisher, viewer, epoch, units, context, reason) of every rejected receipt, in order."""
        judged = self.judged()
        return self.engine.rows(judged.filter(judged.reason != 0).order_by(judged.columns))

    def accepted(self) -> Any:
        """Return the receipts that count, with the number that stands for campaign, viewer and publisher."""
        judged = self.judged()
        sound = judged.filter(judged.reason == 0)
        if self.only is not None:
            sound = sound.filter(sound.campaign.isin(sorted(self.only)))
        publisher_bits, viewer_bits = self.widths
        key = (
            sound.campaign.cast("int64") * self._long(1 << (publisher_bits + viewer_bits))
            + sound.viewer.cast("int64") * self._long(1 << publisher_bits)
            + sound.publisher.cast("int64")
        )
        return sound.select(key=key, units=sound.units, context=sound.context)

    # ------------------------------------------------------------------------------------------------- aggregating

    def latest(self) -> Any:
        """Return the most units of each campaign, viewer and publisher: receipts count from the begin of the epoch."""
        if self._latest is None:
            accepted = self.accepted()
            self._latest = self.engine.keep(accepted.group_by("key").agg(units=accepted.units.max()))
        return self._latest

    def leaves(self) -> Iterator[tuple[int, int, int, int, bytes]]:
        """Yield (campaign, viewer, publisher, units, context) of every receipt that is the latest, in this order.

        Of equal ones with different contexts it is the one with the smallest.
        """
        accepted, latest = self.accepted(), self.latest()
        joined = accepted.join(latest, ["key", "units"])
        chosen = joined.group_by("key", "units").agg(context=joined.context.min())
        publisher_bits, viewer_bits = self.widths
        for key, units, context in self.engine.rows(chosen.order_by("key").select("key", "units", "context")):
            viewer = key >> publisher_bits & ((1 << viewer_bits) - 1)
            yield key >> (publisher_bits + viewer_bits), viewer, key & ((1 << publisher_bits) - 1), units, context

    def compute(self, stages: Stages | None = None) -> Computed:
        """Compute the epoch, or what became final of it.

        Parameters
        ----------
        stages
            If given, only campaigns in it count, with these units.
        """
        import ibis

        engine = self.engine
        publisher_bits, viewer_bits = self.widths
        latest = self.latest()
        caps = self._table(
            {"campaign": range(len(self.campaigns)), "cap": [min(c.viewer_cap, _MOST) for c in self.campaigns]},
            {"campaign": "int32", "cap": "int64"},
        )
        pairs = latest.group_by(pair=latest.key >> self._long(publisher_bits)).agg(
            shown=total(latest.units), receipts=latest.count().cast("int64")
        )
        pairs = pairs.mutate(
            campaign=(pairs.pair >> self._long(viewer_bits)).cast("int32"),
            viewer=(pairs.pair & self._long((1 << viewer_bits) - 1)).cast("int32"),
        )
        pairs = pairs.join(caps, "campaign")
        pairs = engine.keep(
            pairs.select("pair", "campaign", "viewer", "shown", "receipts", units=ibis.least(pairs.shown, pairs.cap))
        )
        totals = self._totals(pairs)
        granted = self._grant(pairs, totals, stages)
        if granted:
            changed = self._table(
                {"pair": [pair for pair, _ in granted], "fewer": [units for _, units in granted]},
                {"pair": "int64", "fewer": "int64"},
            )
            joined = pairs.left_join(changed, "pair")
            pairs = engine.keep(
                joined.select(
                    "pair",
                    "campaign",
                    "viewer",
                    "shown",
                    "receipts",
                    units=ibis.coalesce(joined.fewer, joined.units),
                )
            )
            totals = self._totals(pairs)
        prices = self._table(
            {
                "campaign": range(len(self.campaigns)),
                "viewer_part": [c.viewer_part for c in self.campaigns],
                "publisher_part": [c.publisher_part for c in self.campaigns],
            },
            {"campaign": "int32", "viewer_part": _DECIMAL, "publisher_part": _DECIMAL},
        )
        earned = pairs.join(prices, "campaign")
        earned = earned.select("viewer", wei=earned.units.cast(_DECIMAL) * earned.viewer_part)
        viewers = engine.rows(self._paid(earned, "viewer"))
        of_publishers = engine.keep(self._publisher_units(latest, pairs))
        shared = of_publishers.join(prices, "campaign")
        shared = shared.select("publisher", wei=shared.units.cast(_DECIMAL) * shared.publisher_part)
        publishers = engine.rows(self._paid(shared, "publisher"))
        lines = [line for line in totals if line.units]
        return Computed(
            counts={},
            reasons={},
            lines=lines,
            viewers=list(viewers),
            publishers=list(publishers),
            platform=sum(line.units * self.campaigns[line.campaign].platform_part for line in lines),
        )

    def count(self) -> tuple[dict[str, int], dict[int, int]]:
        """Count receipts: read, accepted, rejected, merged into a later one; and rejected by reason."""
        judged = self.judged()
        by_reason = judged.group_by("reason").agg(rows=judged.count()).order_by("reason")
        reasons = {int(reason): int(rows) for reason, rows in self.engine.rows(by_reason)}
        accepted = reasons.pop(0, 0)
        rejected = sum(reasons.values())
        latest = self.latest()
        ((distinct,),) = self.engine.rows(latest.agg(rows=latest.count()))
        counts = {
            "read": accepted + rejected,
            "accepted": accepted,
            "rejected": rejected,
            "merged": accepted - int(distinct),
        }
        return counts, reasons

    # ----------------------------------------------------------------------------------------------------- the parts

    def _totals(self, pairs: Any) -> list[Line]:
        table = pairs.group_by("campaign").agg(
            units=total(pairs.units),
            receipts=total(pairs.receipts),
            viewers=pairs.count().cast("int64"),
            shown=total(pairs.shown),
        )
        return [Line(*map(int, row)) for row in self.engine.rows(table.order_by("campaign"))]

    def _grant(self, pairs: Any, totals: Sequence[Line], stages: Stages | None) -> list[tuple[int, int]]:
        """Return the units of every (campaign, viewer) of campaigns that cannot be paid, or are not final, in full."""
        limits: dict[int, tuple[int, Sequence[int]]] = {}
        for line in totals:
            most = min(line.units, self.campaigns[line.campaign].most_units)
            parts = [most] if stages is None else list(stages.get(line.campaign, ()))
            if stages is not None and sum(parts) > most:
                name = self.campaigns[line.campaign].campaign
                raise AttentionError(
                    f"{sum(parts)} units of campaign {name} became final, and the journal gives {most}"
                )
            if sum(parts) != line.units:
                limits[line.campaign] = (most, parts)
        if not limits:
            return []
        rows = pairs.filter(pairs.campaign.isin(sorted(limits))).select("campaign", "pair", "units").order_by("pair")
        wanted: dict[int, list[tuple[int, int]]] = {}
        for campaign, pair, units in self.engine.rows(rows):
            wanted.setdefault(campaign, []).append((pair, units))
        found = []
        for place, members in wanted.items():
            most, final = limits[place]
            shared = share([units for _, units in members], [most])
            shared = shared if stages is None else share(shared, final)
            found += [(pair, part) for (pair, _), part in zip(members, shared, strict=True)]
        return found

    def _publisher_units(self, latest: Any, pairs: Any) -> Any:
        """Return units by campaign and publisher: all that were shown, less those over a viewer's cap or the limit.

        Of a viewer over the cap, publishers count one after the other, in a circle of their places that begins with
        another one from viewer to viewer, until the cap is reached: no publisher is always the first.
        """
        import ibis

        publisher_bits, viewer_bits = self.widths
        mask, shift = self._long((1 << publisher_bits) - 1), self._long(publisher_bits)
        both = latest.select(
            units=latest.units,
            owner=(latest.key >> self._long(publisher_bits + viewer_bits)) * self._long(1 << publisher_bits)
            + (latest.key & mask),
        )
        shown = both.group_by("owner").agg(shown=total(both.units))
        over = pairs.filter(pairs.units < pairs.shown).select("pair", "viewer", cap="units")
        split = latest.mutate(pair=latest.key >> shift, publisher=latest.key & mask).join(over, "pair")
        many = self._long(self.publishers)
        turn = (split.publisher + many - split.viewer.cast("int64") % many) % many
        split = split.mutate(turn=turn)
        window = ibis.window(group_by="pair", order_by="turn", preceding=None, following=0)
        split = split.mutate(upto=split.units.sum().over(window).cast(_DECIMAL).cast("int64"))
        before = split.upto - split.units
        counted = ibis.greatest(ibis.least(split.upto, split.cap) - ibis.least(before, split.cap), self._long(0))
        lost = split.select(
            owner=(split.pair >> self._long(viewer_bits)) * self._long(1 << publisher_bits) + split.publisher,
            lost=split.units - counted,
        )
        lost = lost.group_by("owner").agg(lost=total(lost.lost))
        joined = shown.left_join(lost, "owner")
        return joined.select(
            campaign=(joined.owner >> shift).cast("int32"),
            publisher=(joined.owner & mask).cast("int32"),
            units=joined.shown - ibis.coalesce(joined.lost, self._long(0)),
        )

    def _paid(self, earned: Any, name: str) -> Any:
        paid = earned.group_by(name).agg(wei=earned.wei.sum().cast(_DECIMAL))
        return paid.filter(paid.wei > 0).order_by(name)

    def _long(self, value: int) -> Any:
        import ibis

        return ibis.literal(value, "int64")

    def _table(self, columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, str]) -> Any:
        """Hand a small table to the engine, through Parquet, which both read alike."""
        from decimal import Decimal

        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {
            "int32": pa.int32(),
            "int64": pa.int64(),
            "bool": pa.bool_(),
            _DECIMAL: pa.decimal128(38, 0),
        }
        self._small += 1
        path = self.scratch / f"small-{self._small}.parquet"
        arrays = {}
        for name, values in columns.items():
            plain = [Decimal(value) for value in values] if kinds[name] == _DECIMAL else list(values)
            arrays[name] = pa.array(plain, types[kinds[name]])
        pq.write_table(pa.table(arrays), path)
        return self.engine.read([path])


def total(column: Any) -> Any:
    """Return the sum of 64-bit integers as one, which raises where it does not fit.

    DuckDB sums to 128 bits, of which Ibis knows nothing: a cast to 64 bits alone would be left out as needless.
    """
    return column.sum().cast(_DECIMAL).cast("int64")


def share(units: Sequence[int], parts: Sequence[int]) -> list[int]:
    """Share parts of a line among its viewers, one after the other, in proportion to what each has not got yet.

    A later part never takes away what an earlier one gave, so what an account is owed only grows.

    Parameters
    ----------
    units
        Of each viewer.
    parts
        Units that are granted, in their order; together not more than all units.

    Returns
    -------
    list[int]
        Units of each viewer, never more than it has.
    """
    left = list(units)
    for part in parts:
        if part:
            left = [rest - given for rest, given in zip(left, apportion(part, left), strict=True)]
    return [whole - rest for whole, rest in zip(units, left, strict=True)]
