"""Reads a plan and its lists, checks all of it, and reports every mistake at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lvo.apportion import apportion
from lvo.curve import Schedule
from lvo.plan.document import Node, read_document
from lvo.plan.fields import (
    is_duration,
    parse_address,
    parse_amount,
    parse_duration,
    parse_seconds,
    parse_share,
    parse_time,
    parse_truth,
    parse_wei,
)
from lvo.plan.mistakes import Mistakes, Place
from lvo.plan.model import (
    BUCKETS,
    GRANT_KINDS,
    HOLDER_KINDS,
    MAX_GRANTS,
    Bucket,
    BucketFacts,
    Continued,
    Genesis,
    Grant,
    Holder,
    Plan,
    Refused,
    Reviewers,
)
from lvo.plan.rows import Row, read_rows
from lvo.units import WHOLE, Wei, format_lvo

TIME_LIMIT = 2**32 - 1
"""The last start and the longest schedule that the contract can hold, in seconds."""
MIN_DELAY = 60
"""Seconds that a deployment needs at least until its genesis: the contract refuses one that has passed."""

_COLUMNS = ("start", "cliff", "cliff_after", "end", "duration", "initial", "kind", "revocable")
_SECONDS_COLUMNS = {"cliff": "cliff_after", "end": "duration"}


@dataclass
class _List:
    """A list of the plan: its rows, read but not yet apportioned."""

    place: Place
    unit: str
    pot: Wei | None
    takes_rest: bool
    grants: list[Grant]
    refused: list[Refused]


def read_plan(path: Path | str, addresses: Mapping[str, str] | None = None) -> Plan:
    """Read a plan, YAML, and the lists it names, which are looked for beside it.

    Parameters
    ----------
    addresses
        Of the suite's contracts by their keys, such as ``LVOTimelock`` and ``RewardLedger.promotion``: a holder of the
        kind timelock or ledger that writes no address has the one from here.

    Raises
    ------
    PlanError
        If anything is wrong, with every mistake that was found. Rows that are faster than their pool are no mistake:
        they are in ``refused`` of their bucket.
    """
    return _Reader(Path(path), addresses or {}).read()


class _Reader:
    def __init__(self, path: Path, addresses: Mapping[str, str]) -> None:
        self.path = path
        self.addresses = addresses
        self.mistakes = Mistakes()
        self.genesis = Genesis(None, MIN_DELAY)
        self.seen: dict[tuple[str, str, int, tuple[tuple[str, str], ...]], Place] = {}
        """The rows of the bucket that is being read, by what they say."""

    def read(self) -> Plan:
        document = read_document(self.path)
        keys = document.keys(self.mistakes, ("name", "chains", "genesis", "buckets"), ("reviewers", "continues"))
        name = keys["name"].text(self.mistakes) if "name" in keys else None
        chains = self._chains(keys["chains"]) if "chains" in keys else []
        if "genesis" in keys:
            self.genesis = self._genesis(keys["genesis"])
        buckets = self._buckets(keys["buckets"]) if "buckets" in keys else []
        reviewers = self._reviewers(keys["reviewers"]) if "reviewers" in keys else None
        continues = self._continues(keys["continues"]) if "continues" in keys else ()
        count = len(BUCKETS) + sum(len(bucket.grants) for bucket in buckets)
        if count > MAX_GRANTS:
            self.mistakes.add(document.place, f"there are {count:,} grants and the contract numbers {MAX_GRANTS:,}")
        self.mistakes.raise_if_any()
        return Plan(name or "", tuple(chains), self.genesis, tuple(buckets), str(self.path), reviewers, continues)

    def _chains(self, node: Node) -> list[int]:
        chains = []
        for item in node.items(self.mistakes):
            text = item.text(self.mistakes)
            if text is None:
                continue
            if text.isascii() and text.isdigit() and int(text) > 0:
                chains.append(int(text))
            else:
                self.mistakes.add(item.place, f"{text!r} is not a chain id: write a number such as 1")
        if not chains and not self.mistakes.found:
            self.mistakes.add(node.place, "name at least one chain id")
        return chains

    def _reviewers(self, node: Node) -> Reviewers | None:
        keys = node.keys(self.mistakes, ("needed", "accounts"))
        accounts: list[str] = []
        for item in keys["accounts"].items(self.mistakes) if "accounts" in keys else []:
            text = item.text(self.mistakes)
            address = self.mistakes.read(item.place, parse_address, text) if text else None
            if address in accounts:
                self.mistakes.add(item.place, "this reviewer is named twice: one account has one voice")
            elif address:
                accounts.append(address)
        text = keys["needed"].text(self.mistakes) if "needed" in keys else None
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= len(accounts)):
            self.mistakes.add(
                keys["needed"].place, f"{text!r} is not how many must approve: write 1 to {len(accounts)}, their number"
            )
            return None
        return Reviewers(int(text), tuple(accounts))

    def _continues(self, node: Node) -> tuple[Continued, ...]:
        found = []
        for item in node.items(self.mistakes):
            keys = item.keys(self.mistakes, ("plan", "done", "left"))
            text = keys["plan"].text(self.mistakes) if "plan" in keys else None
            if text is not None and not re.fullmatch("0x[0-9a-f]{64}", text):
                self.mistakes.add(keys["plan"].place, f"{text!r} is not the hash of a plan: 0x and 64 digits")
            done, left = (self._numbers(keys[name]) if name in keys else () for name in ("done", "left"))
            found.append(Continued(text or "", done, left))
        return tuple(found)

    def _numbers(self, node: Node) -> tuple[tuple[str, int], ...]:
        """Read the numbers of batches of each bucket, which count from 1."""
        found = []
        for key, numbers in node.keys(self.mistakes, (), tuple(facts.key for facts in BUCKETS)).items():
            for each in numbers.items(self.mistakes):
                number = each.text(self.mistakes) or ""
                if number.isascii() and number.isdigit() and int(number) > 0:
                    found.append((key, int(number) - 1))
                else:
                    self.mistakes.add(each.place, f"{number!r} is not the number of a batch, from 1")
        return tuple(found)

    def _genesis(self, node: Node) -> Genesis:
        text = node.text(self.mistakes)
        if text is None:
            return self.genesis
        word, _, delay = (part.strip() for part in text.partition("+"))
        if word != "deployment":
            at = self.mistakes.read(node.place, parse_time, text)
            return Genesis(at, None) if at is not None else self.genesis
        seconds = self.mistakes.read(node.place, parse_duration, delay)
        if seconds is not None and seconds < MIN_DELAY:
            self.mistakes.add(node.place, f"leave the deployment {MIN_DELAY} seconds at least")
        return Genesis(None, seconds or MIN_DELAY)

    # ---------------------------------------------------------------------------------------------- buckets

    def _buckets(self, node: Node) -> list[Bucket]:
        keys = node.keys(self.mistakes, tuple(facts.key for facts in BUCKETS))
        shares = [self._share(keys[facts.key], facts) for facts in BUCKETS if facts.key in keys]
        known = [share for share in shares if share is not None]
        if len(known) == len(BUCKETS) and sum(known) != WHOLE:
            whole, rest = divmod(sum(known), 100)
            self.mistakes.add(node.place, f"the shares sum to {whole}.{rest:02d} %: they must sum to 100 % exactly")
        buckets = [self._bucket(keys[facts.key], facts) for facts in BUCKETS if facts.key in keys]
        return [bucket for bucket in buckets if bucket is not None]

    def _share(self, node: Node, facts: BucketFacts) -> int | None:
        # The mistakes of the bucket's own keys are noted where the rest of it is read.
        share = node.keys(Mistakes(), ("share",), ("schedule", "holder", "grants")).get("share")
        text = share.text(self.mistakes) if share else None
        if share is None or text is None:
            return None
        bps = self.mistakes.read(share.place, parse_share, text)
        if bps is not None and bps != facts.share_bps:
            self.mistakes.add(share.place, f"the contract gives this bucket {facts.share_bps // 100} %, for ever")
        return bps

    def _bucket(self, node: Node, facts: BucketFacts) -> Bucket | None:
        keys = node.keys(self.mistakes, ("share", "holder"), ("schedule", "grants"))
        schedule = facts.default
        if "schedule" in keys:
            schedule = self._schedule(keys["schedule"], facts.default)
        elif self.genesis.at is not None:
            self._check(node.place, schedule)
        holder = self._holder(keys["holder"]) if "holder" in keys else None
        is_ledger = holder is not None and holder.kind == "ledger"
        lists: list[_List] = []
        self.seen = {}
        if "grants" in keys and is_ledger:
            self.mistakes.add(keys["grants"].place, "a ledger pays by its own roots: take the grants away")
        elif "grants" in keys:
            lists = [self._list(item, facts, schedule) for item in keys["grants"].items(self.mistakes)]
        elif holder is not None and not is_ledger:
            self.mistakes.add(
                node.place, "the key grants is missing: name a CSV, or write grants: [] to keep the pool whole"
            )
        self._apportion(node.place, lists, facts)
        if holder is None:
            return None
        return Bucket(
            facts,
            schedule,
            holder,
            tuple(grant for part in lists for grant in part.grants),
            tuple(row for part in lists for row in part.refused),
        )

    def _holder(self, node: Node) -> Holder | None:
        keys = node.keys(self.mistakes, ("kind",), ("address", "stream"))
        kind = keys["kind"].choice(self.mistakes, HOLDER_KINDS) if "kind" in keys else None
        if kind is not None and "address" not in keys:
            return self._holder_of_suite(node, kind, keys.get("stream"))
        text = keys["address"].text(self.mistakes) if "address" in keys else None
        address = self.mistakes.read(keys["address"].place, parse_address, text) if text else None
        return Holder(kind, address) if kind and address else None

    def _holder_of_suite(self, node: Node, kind: str, stream: Node | None) -> Holder | None:
        """Find a holder that the suite deploys."""
        name = stream.text(self.mistakes) if stream else None
        key = {"timelock": "LVOTimelock", "ledger": f"RewardLedger.{name}"}.get(kind)
        if key is None or (kind == "ledger" and name is None):
            self.mistakes.add(node.place, "the key address is missing" + " (or stream)" * (kind == "ledger"))
        elif key not in self.addresses:
            self.mistakes.add(
                node.place, f"the suite decides where {key} is: deploy it (brownie run deploy), or write its address"
            )
        else:
            return Holder(kind, self.addresses[key])
        return None

    # ---------------------------------------------------------------------------------------------- schedules

    def _schedule(self, node: Node, default: Schedule) -> Schedule:
        """Read a schedule; what it leaves out is the default's."""
        noted = len(self.mistakes.found)
        keys = node.keys(self.mistakes, (), ("start", "cliff", "end", "initial"))
        start = self._moment(keys.get("start"), default.start)
        cliff = self._moment(keys.get("cliff"), max(start, default.cliff))
        end = self._moment(keys.get("end"), default.end)
        initial = default.initial_bps
        if "initial" in keys and (text := keys["initial"].text(self.mistakes)) is not None:
            initial = self.mistakes.read(keys["initial"].place, parse_share, text) or 0
        schedule = Schedule(start, cliff, end, initial)
        if len(self.mistakes.found) == noted:
            self._check(node.place, schedule)
        return schedule

    def _moment(self, node: Node | None, default: int) -> int:
        """Read a time, or how long after the genesis, into seconds after the genesis."""
        text = node.text(self.mistakes) if node else None
        if node is None or text is None:
            return default
        if text[-1:].isalpha() and text[-1] not in "Zz":
            seconds = self.mistakes.read(node.place, parse_duration, text)
        else:
            seconds = self._since_genesis(node.place, text)
        return default if seconds is None else seconds

    def _since_genesis(self, place: Place, text: str) -> int | None:
        if is_duration(text):
            return parse_duration(text)
        time = self.mistakes.read(place, parse_time, text)
        if time is None:
            return None
        if self.genesis.at is None:
            self.mistakes.add(
                place,
                "the genesis depends on the deployment, so a date cannot be compared with it: give the plan a genesis "
                "with a date, or write how long after the genesis (for a list: rebase: genesis)",
            )
            return None
        return time - self.genesis.at

    def _check(self, place: Place, schedule: Schedule) -> bool:
        """Note a schedule that the contract cannot hold."""
        noted = len(self.mistakes.found)
        if not schedule.start <= schedule.cliff <= schedule.end:
            self.mistakes.add(
                place,
                "the order must be start, cliff, end: "
                f"{schedule.start:,}, {schedule.cliff:,}, {schedule.end:,} seconds after the genesis",
            )
        if (self.genesis.at or 0) + schedule.start > TIME_LIMIT:
            self.mistakes.add(place, "the start is after the year 2106, which the contract cannot hold")
        if schedule.end - schedule.start > TIME_LIMIT:
            self.mistakes.add(place, "more than 136 years lie between start and end, which the contract cannot hold")
        return len(self.mistakes.found) == noted

    # ---------------------------------------------------------------------------------------------- lists

    def _list(self, node: Node, facts: BucketFacts, pool: Schedule) -> _List:
        part = _List(node.place, "lvo", None, False, [], [])
        keys = node.keys(
            self.mistakes,
            ("file",),
            ("columns", "separator", "unit", "apportion", "pot", "zero", "kind", "schedule", "rebase"),
        )
        columns = self._column_names(keys.get("columns"))
        part.unit = self._word(keys, "unit", ("lvo", "wei", "weight"), "lvo")
        self._read_pot(keys, part)
        skips_zero = self._word(keys, "zero", ("refuse", "skip"), "refuse") == "skip"
        kind = self._word(keys, "kind", GRANT_KINDS, "personal")
        default = self._schedule(keys["schedule"], pool) if "schedule" in keys else pool
        rebases = "rebase" in keys and keys["rebase"].choice(self.mistakes, ("genesis",)) is not None
        if rebases and "start" not in columns:
            self.mistakes.add(keys["rebase"].place, "there is no column start whose times could move to the genesis")
        separator = keys["separator"].raw.value if "separator" in keys else ","
        if separator not in (",", ";", "\t", "|"):
            self.mistakes.add(keys["separator"].place, "the separator is one of , ; | and a tab")
            return part
        name = keys["file"].text(self.mistakes) if "file" in keys else None
        if name is None:
            return part
        if Path(name).is_absolute():
            self.mistakes.add(keys["file"].place, "write where the file is from the plan, so that the plan can move")
            return part
        for row in read_rows(self.path.parent / name, columns, separator, self.mistakes):
            self._row(row, part, facts, pool, default, kind, skips_zero, rebases)
        return part

    def _word(self, keys: dict[str, Node], name: str, choices: tuple[str, ...], default: str) -> str:
        return (keys[name].choice(self.mistakes, choices) if name in keys else None) or default

    def _column_names(self, node: Node | None) -> dict[str, str]:
        columns = {"account": "account", "amount": "amount"}
        if node is None:
            return columns
        keys = node.keys(self.mistakes, (), ("account", "amount", *_COLUMNS))
        for name, item in keys.items():
            columns[name] = item.text(self.mistakes) or name
        for time, seconds in _SECONDS_COLUMNS.items():
            if time in columns and seconds in columns:
                self.mistakes.add(keys[seconds].place, f"name either {time} or {seconds}, they say the same")
        if "kind" in columns and "revocable" in columns:
            self.mistakes.add(keys["revocable"].place, "name either kind or revocable, they say the same")
        return columns

    def _read_pot(self, keys: dict[str, Node], part: _List) -> None:
        if part.unit != "weight":
            for name in ("apportion", "pot"):
                if name in keys:
                    self.mistakes.add(keys[name].place, "amounts are paid as they are: this needs unit: weight")
            return
        if "apportion" in keys:
            keys["apportion"].choice(self.mistakes, ("largest-remainder",))
        else:
            self.mistakes.add(part.place, "weights must be apportioned: add apportion: largest-remainder")
        text = keys["pot"].text(self.mistakes) if "pot" in keys else None
        if text is None:
            self.mistakes.add(part.place, "weights divide a pot: add pot: an amount of LVO, or pot: rest")
        elif text == "rest":
            part.takes_rest = True
        else:
            part.pot = self.mistakes.read(keys["pot"].place, parse_amount, text)

    def _row(
        self,
        row: Row,
        part: _List,
        facts: BucketFacts,
        pool: Schedule,
        default: Schedule,
        kind: str,
        skips_zero: bool,
        rebases: bool,
    ) -> None:
        noted = len(self.mistakes.found)
        cells = row.cells
        account = self.mistakes.read(row.place("account"), parse_address, cells["account"])
        parse = parse_amount if part.unit == "lvo" else parse_wei
        amount = self.mistakes.read(row.place("amount"), parse, cells["amount"])
        if amount == 0:
            # A row of a skipped class may name an account that could not be paid; only what is paid must be right.
            if skips_zero:
                del self.mistakes.found[noted:]
                return
            self.mistakes.add(
                row.place("amount"), "a grant of nothing: take the row away, or write zero: skip in the plan"
            )
        if part.unit != "weight" and amount is not None and amount > facts.share:
            self.mistakes.add(
                row.place("amount"),
                f"{format_lvo(amount)} LVO is more than the whole bucket, {format_lvo(facts.share)} LVO",
            )
        kind = self._row_kind(row, kind)
        schedule = self._row_schedule(row, default, rebases)
        if schedule is None or account is None or amount is None or not self._is_new(row, part, account, amount):
            return
        if len(self.mistakes.found) > noted or not self._check(row.place("row"), schedule):
            return
        place = row.place("row")
        faster = schedule.faster_than(pool)
        if faster:
            part.refused.append(Refused(account, amount, schedule, _why_faster(schedule, pool, faster), place))
        else:
            part.grants.append(Grant(account, amount, schedule, kind, place))

    def _row_kind(self, row: Row, default: str) -> str:
        if "kind" in row.cells:
            word = row.cells["kind"] or default
            if word in GRANT_KINDS:
                return word
            self.mistakes.add(row.place("kind"), f"{word!r} is not known here: write {' or '.join(GRANT_KINDS)}")
        elif "revocable" in row.cells:
            if self.mistakes.read(row.place("revocable"), parse_truth, row.cells["revocable"]):
                return "revocable"
            return "personal"
        return default

    def _row_schedule(self, row: Row, default: Schedule, rebases: bool) -> Schedule | None:
        """Return the schedule of a row in seconds after the genesis; an empty cell is the default's."""
        noted = len(self.mistakes.found)
        cells = row.cells
        moved = 0
        start: int | None = default.start
        if cells.get("start"):
            if rebases:
                start, moved = 0, self.mistakes.read(row.place("start"), parse_time, cells["start"]) or 0
            else:
                start = self._since_genesis(row.place("start"), cells["start"])
        start = start or 0

        def moment(time: str, seconds: str, otherwise: int) -> int:
            if cells.get(seconds):
                return start + (self.mistakes.read(row.place(seconds), parse_seconds, cells[seconds]) or 0)
            if cells.get(time) and moved:
                return (self.mistakes.read(row.place(time), parse_time, cells[time]) or 0) - moved
            if cells.get(time):
                return self._since_genesis(row.place(time), cells[time]) or 0
            return otherwise

        cliff = moment("cliff", "cliff_after", max(start, default.cliff))
        end = moment("end", "duration", default.end)
        initial = default.initial_bps
        if cells.get("initial"):
            initial = self.mistakes.read(row.place("initial"), parse_share, cells["initial"]) or 0
        return Schedule(start, cliff, end, initial) if len(self.mistakes.found) == noted else None

    def _is_new(self, row: Row, part: _List, account: str, amount: int) -> bool:
        """Note a row that says what another one of the bucket says: most likely it was copied by mistake."""
        others = tuple(sorted((name, cell) for name, cell in row.cells.items() if name not in ("account", "amount")))
        place = row.place("row")
        first = self.seen.setdefault((part.unit, account, amount, others), place)
        if first is place:
            return True
        self.mistakes.add(
            place, f"this says exactly what {first.file}:{first.line} says: take one away, or make one of the sum"
        )
        return False

    def _apportion(self, place: Place, lists: list[_List], facts: BucketFacts) -> None:
        """Turn weights into amounts, and see that the bucket has what its grants sum to."""
        taken = sum(int(grant.amount) for part in lists if part.unit != "weight" for grant in part.grants)
        taken += sum(int(part.pot or 0) for part in lists)
        takers = [part for part in lists if part.takes_rest]
        for part in takers[1:]:
            self.mistakes.add(part.place, "another list of this bucket already takes the rest: give this one a pot")
        if taken > facts.share:
            self.mistakes.add(
                place, f"the grants sum to {format_lvo(taken)} LVO and the bucket has {format_lvo(facts.share)} LVO"
            )
            return
        if takers and taken == facts.share:
            self.mistakes.add(takers[0].place, "the other lists of this bucket leave nothing to apportion")
            return
        for part in lists:
            pot = Wei(facts.share - taken) if part.takes_rest else part.pot
            if part.unit != "weight":
                continue
            part.refused = [
                replace(row, amount=Wei(0), reason=f"{row.reason}; weight {row.amount}") for row in part.refused
            ]
            if pot is None or not part.grants or not all(grant.amount for grant in part.grants):
                continue
            weights = [int(grant.amount) for grant in part.grants]
            amounts = apportion(pot, weights, [grant.account.lower() for grant in part.grants])
            for grant, amount in zip(part.grants, amounts, strict=True):
                if amount == 0:
                    self.mistakes.add(grant.place, "so small a weight gets not a single wei of the pot: take it away")
            part.grants = [
                replace(grant, amount=Wei(amount)) for grant, amount in zip(part.grants, amounts, strict=True)
            ]


def _why_faster(schedule: Schedule, pool: Schedule, faster: list[str]) -> str:
    """Say in which fields a row is faster than its pool, and by how much."""
    reasons = []
    for name in faster:
        gap = getattr(schedule, name) - getattr(pool, name)
        if name == "initial_bps":
            reasons.append(f"the initial share is {gap} bps higher")
        else:
            reasons.append(f"the {name} is {_length(-gap)} earlier")
    return ", ".join(reasons) + " than the pool's"


def _length(seconds: int) -> str:
    for unit, size in (("day", 86_400), ("hour", 3_600)):
        if seconds >= 2 * size:
            return f"{seconds // size:,} {unit}s"
    return f"{seconds:,} seconds"
