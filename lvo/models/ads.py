"""The twin of ``contracts/advertising/AdLedger.sol``.

Merkle proofs are not modelled: a call names the batch that its proof leads to.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from enum import IntEnum
from functools import cache

from lvo.merkle import StandardMerkleTree, hash_leaf, keccak256
from lvo.models.base import NOBODY, Address, Clock, Revert
from lvo.models.ledger import RewardLedger
from lvo.models.ledger import Terms as RewardTerms
from lvo.models.token import LVOToken
from lvo.typed_data import AD_TYPES, ad_message, signable
from lvo.units import DAY, LVO

BPS = 10_000
MOST_SPAN = 730 * DAY
"""How far away the end of a campaign may be when it is opened, seconds."""
MOST_LATE = 90 * DAY
"""How long the late window of a campaign may be, seconds."""
SILENCE = 180 * DAY
"""After so long without a sign of life of the settler anyone returns its deposit, seconds."""
FOREVER = 2**256 - 1
LINE_TYPES = ("bytes32", "uint24", "uint64")
"""Of the leaves of a batch: campaign, epoch, units."""


class Status(IntEnum):
    """Where a campaign stands."""

    NONE = 0
    LIVE = 1
    PAUSED = 2
    CLOSED = 3
    CANCELED = 4


class LineStatus(IntEnum):
    """What became of a line that did not just become final with its batch."""

    UNTOUCHED = 0
    ACCEPTED = 1
    CONTESTED = 2
    RESOLVED = 3


class Resolution(IntEnum):
    """How an objection ended."""

    RULING = 0
    SILENCE = 1
    SETTLER_CONCEDED = 2
    ADVERTISER_CONCEDED = 3


@dataclass(frozen=True)
class Rules:
    """What holds for every campaign of a ledger; lengths in seconds."""

    epoch_length: int
    bond_bps: int
    objection_window: int
    ruling_window: int


@dataclass(frozen=True)
class Campaign:
    """The terms that advertiser and settler sign, in the order of the contract's struct.

    Budget, price and parts are in wei, the cap in whole LVO, start and end are epochs, ``open_by`` is in Unix seconds.
    """

    advertiser: Address
    arbiter: Address
    budget: int
    price: int
    viewer_part: int
    publisher_part: int
    epoch_cap: int
    start: int
    end: int
    late_epochs: int
    silent_bps: int
    viewer_cap: int
    open_by: int
    criteria_hash: bytes
    salt: bytes

    @property
    def platform_part(self) -> int:
        """What the platform gets of the price, in wei."""
        return self.price - self.viewer_part - self.publisher_part

    def fields(self) -> dict[str, object]:
        """Return the fields as EIP-712 names them."""
        names = [member.split()[1] for member in AD_TYPES["Campaign"].split(",")]
        return dict(zip(names, astuple(self), strict=True))

    def id(self, chain_id: int, ledger: Address) -> bytes:
        """Return the campaign's id in a ledger: the EIP-712 hash that its parties sign, 32 bytes."""
        return _campaign_id(self, chain_id, ledger)


@dataclass
class CampaignState:
    """What the ledger keeps of a campaign; see the contract's struct of that name."""

    remaining: int = 0
    price: int = 0
    epoch_cap: int = 0
    booked: int = 0
    stop: int = 0
    late_epochs: int = 0
    status: Status = Status.NONE


@dataclass
class Batch:
    """What the ledger keeps of a batch, in wei and Unix seconds."""

    pending: int
    bond: int
    until: int
    done: bool = False


@dataclass
class LineState:
    """What the ledger keeps of a line that was accepted or contested, and the price of its units in wei."""

    price: int = 0
    disputed: int = 0
    bond: int = 0
    since: int = 0
    status: LineStatus = LineStatus.UNTOUCHED


def digest(kind: str, chain_id: int, ledger: Address, **fields: object) -> bytes:
    """Return the EIP-712 hash of something that the ledger takes signatures for, 32 bytes."""
    made = signable(ad_message(kind, chain_id, ledger, **fields))
    return keccak256(b"\x19" + made.version + made.header + made.body)


@cache
def _campaign_id(terms: Campaign, chain_id: int, ledger: Address) -> bytes:
    return digest("Campaign", chain_id, ledger, **terms.fields())


def line_id(campaign: bytes, epoch: int, units: int) -> bytes:
    """Return a line's id: its leaf in the tree of its batch."""
    return hash_leaf(LINE_TYPES, (campaign, epoch, units))


def batch_tree(epoch: int, lines: Sequence[tuple[bytes, int]]) -> StandardMerkleTree:
    """Build the tree of a batch from (campaign, units) in the order in which they are posted."""
    return StandardMerkleTree.of([(campaign, epoch, units) for campaign, units in lines], LINE_TYPES, sort_leaves=False)


class AdLedger:
    """The public ledger of advertising.

    Every public method takes ``sender``, the account that calls. Amounts are in wei, times in Unix seconds. A method
    raises :class:`~lvo.models.base.Revert` where the contract reverts, and then has changed nothing.

    Attributes
    ----------
    rewards
        The reward ledger that gets what is final; its address is known before it is made.
    campaigns, batches, lines
        What the contract stores, by id.
    free, locked, active_at
        The settler's deposit.
    """

    def __init__(
        self,
        clock: Clock,
        address: Address,
        lvo: LVOToken,
        rewards: tuple[Address, RewardTerms],
        rules: Rules,
        chain_id: int,
    ) -> None:
        self.clock = clock
        self.address = address
        self.lvo = lvo
        self.rules = rules
        self.chain_id = chain_id
        self.settler = rewards[1].operator
        self._check_receiver(self.settler)
        _check_bounds(rules.epoch_length, 3_600, 30 * DAY)
        _check_bounds(rules.bond_bps, 1, BPS)
        _check_bounds(rules.objection_window, 3_600, 30 * DAY)
        _check_bounds(rules.ruling_window, 7_200, 60 * DAY)
        self.rewards = RewardLedger(clock, rewards[0], lvo, rewards[1])
        self.campaigns: defaultdict[bytes, CampaignState] = defaultdict(CampaignState)
        self.batches: dict[bytes, Batch] = {}
        self.lines: defaultdict[bytes, LineState] = defaultdict(LineState)
        self.nonces: defaultdict[Address, int] = defaultdict(int)
        self.free = 0
        self.locked = 0
        self.active_at = clock.time
        lvo.approve(self.rewards.address, FOREVER, sender=address)

    # Campaigns

    def open(self, terms: Campaign, *, advertiser_signer: Address, settler_signer: Address, sender: Address) -> None:
        """Open a campaign and escrow its budget from the advertiser's allowance."""
        _check_signed(terms.advertiser, advertiser_signer, sender)
        self._check_terms(terms, settler_signer, sender)
        with self._all_or_none():
            self._emit("CampaignOpened", self.id_of(terms), terms.advertiser, astuple(terms))
            self.lvo.transfer_from(terms.advertiser, self.address, terms.budget, sender=self.address)
        self._begin(terms)

    def open_with_authorization(
        self,
        terms: Campaign,
        valid_after: int,
        valid_before: int,
        *,
        payer_signer: Address,
        settler_signer: Address,
        sender: Address,
    ) -> None:
        """Open a campaign that the advertiser pays for by an authorization with its id as the nonce."""
        self._check_terms(terms, settler_signer, sender)
        with self._all_or_none():
            self._emit("CampaignOpened", self.id_of(terms), terms.advertiser, astuple(terms))
            self._pull_authorized(
                terms.advertiser, terms.budget, self.id_of(terms), valid_after, valid_before, payer_signer
            )
        self._begin(terms)

    def cancel(self, terms: Campaign, *, sender: Address) -> None:
        """Make an offer void that was signed and not yet opened."""
        if sender != self.settler:
            _check_caller(sender, terms.advertiser)
        state = self.campaigns[self.id_of(terms)]
        self._check_status(self.id_of(terms), Status.NONE)
        state.status = Status.CANCELED
        self._emit("CampaignCanceled", self.id_of(terms), sender)

    def top_up(self, campaign: bytes, amount: int, *, sender: Address) -> None:
        """Add ``amount`` of the sender to a campaign."""
        self._check_running(campaign)
        with self._all_or_none():
            self._emit("ToppedUp", campaign, sender, amount)
            self.lvo.transfer_from(sender, self.address, amount, sender=self.address)
        self.campaigns[campaign].remaining += amount

    def pause(self, terms: Campaign, *, sender: Address) -> None:
        """Let a campaign count nothing from the next epoch on."""
        _check_caller(sender, terms.advertiser)
        campaign = self.id_of(terms)
        self._check_running(campaign)
        state = self.campaigns[campaign]
        state.stop, state.status = self.epoch_now() + 1, Status.PAUSED
        self._emit("CampaignPaused", campaign, state.stop)

    def resume(self, terms: Campaign, *, sender: Address) -> None:
        """Let a paused campaign go on from the next epoch."""
        _check_caller(sender, terms.advertiser)
        campaign = self.id_of(terms)
        self._check_status(campaign, Status.PAUSED)
        state, epoch = self.campaigns[campaign], self.epoch_now()
        self._check_time(campaign, self.time_of(state.stop + state.late_epochs), FOREVER)
        _check_epoch(campaign, epoch + 1, 0, terms.end)
        state.booked, state.stop, state.status = max(epoch, state.booked), terms.end, Status.LIVE
        self._emit("CampaignResumed", campaign, state.booked, state.stop)

    def close(self, terms: Campaign, *, sender: Address) -> None:
        """Let a campaign count nothing from the next epoch on, for good."""
        _check_caller(sender, terms.advertiser)
        campaign = self.id_of(terms)
        state = self.campaigns[campaign]
        if state.status != Status.PAUSED:
            self._check_status(campaign, Status.LIVE)
        state.stop, state.status = min(state.stop, self.epoch_now() + 1), Status.CLOSED
        self._emit("CampaignClosed", campaign, state.stop)

    def refund(self, campaigns: Sequence[Campaign], *, sender: Address) -> None:
        """Give back what campaigns have left once they are over; others are left out."""
        for terms in campaigns:
            campaign = self.id_of(terms)
            state = self.campaigns[campaign]
            if state.remaining == 0 or self.clock.time < self.refundable_from(terms):
                self._emit("RefundSkipped", campaign)
                continue
            amount, state.remaining = state.remaining, 0
            self._emit("Refunded", campaign, terms.advertiser, amount)
            self.lvo.transfer(terms.advertiser, amount, sender=self.address)

    # The ledger

    def post(
        self,
        epoch: int,
        lines: Sequence[tuple[bytes, int]],
        receipts_root: bytes,
        data_hash: bytes,
        *,
        sender: Address,
    ) -> bytes:
        """Book lines (campaign, units) for an epoch and return their batch: the root of :func:`batch_tree`."""
        _check_caller(sender, self.settler)
        if not lines:
            raise Revert("AdLedger_BatchEmpty")
        changed: dict[bytes, CampaignState] = {}
        spends = []
        for campaign, units in lines:
            state = changed.setdefault(campaign, replace(self.campaigns[campaign]))
            spends.append(self._book(campaign, state, epoch, units))
        spend = sum(spends)
        bond = self._bond_of(spend)
        if bond > self.free:
            raise Revert("AdLedger_DepositTooSmall", bond, self.free)
        self.campaigns.update(changed)
        self.free, self.locked, self.active_at = self.free - bond, self.locked + bond, self.clock.time
        batch, until = batch_tree(epoch, lines).root, self.clock.time + self.rules.objection_window
        self.batches[batch] = Batch(spend, bond, until)
        for (campaign, units), each in zip(lines, spends, strict=True):
            self._emit("LinePosted", campaign, epoch, units, each)
        self._emit("BatchPosted", batch, epoch, len(lines), spend, bond, until, receipts_root, data_hash)
        return batch

    def finalize(self, batches: Sequence[bytes], *, sender: Address) -> None:
        """Move what is uncontested in batches to the reward ledger once their windows are over; skip others."""
        spend = 0
        for root in batches:
            batch = self.batches.get(root)
            if batch is None or batch.done or self.clock.time < batch.until:
                self._emit("BatchSkipped", root)
                continue
            self._emit("BatchFinalized", root, batch.pending)
            spend += batch.pending
            self._unlock(batch.bond, batch.bond)
            self.batches[root] = Batch(0, 0, batch.until, done=True)
        if spend:
            self.rewards.fund(spend, sender=self.address)

    def accept(
        self, terms: Campaign, epoch: int, units: int, batch: bytes, *, signer: Address, sender: Address
    ) -> None:
        """Make a line final at once, by the word of its advertiser."""
        _check_signed(terms.advertiser, signer, sender)
        campaign = self.id_of(terms)
        line = line_id(campaign, epoch, units)
        found = self._batch_of(line, batch)
        if found.done:
            raise Revert("AdLedger_BatchDone", batch)
        spend = units * terms.price
        bond = self._bond_of(spend)
        self.lines[line].status = LineStatus.ACCEPTED
        found.pending -= spend
        found.bond -= bond
        self._unlock(bond, bond)
        self._emit("LineAccepted", campaign, epoch, batch, units, spend)
        self.rewards.fund(spend, sender=self.address)

    def cancel_acceptances(self, *, sender: Address) -> None:
        """Make every acceptance void that the sender has signed so far."""
        self._emit("AcceptancesCanceled", sender, self.nonces[sender])
        self.nonces[sender] += 1

    # Objections

    def object_to(
        self, terms: Campaign, epoch: int, units: int, conceded: int, batch: bytes, *, sender: Address
    ) -> None:
        """Contest a line but for ``conceded`` of its units."""
        _check_caller(sender, terms.advertiser)
        self._check_objection(terms, epoch, units, conceded, batch)
        with self._all_or_none():
            bond = self._emit_objection(terms, epoch, units, conceded, batch)
            self.lvo.transfer_from(sender, self.address, bond, sender=self.address)
        self._contest(terms, epoch, units, conceded, batch)

    def object_to_with_authorization(
        self,
        terms: Campaign,
        epoch: int,
        units: int,
        conceded: int,
        batch: bytes,
        valid_after: int,
        valid_before: int,
        *,
        payer_signer: Address,
        sender: Address,
    ) -> None:
        """Contest a line for its advertiser, who pays the bond by an authorization."""
        self._check_objection(terms, epoch, units, conceded, batch)
        fields = {"campaign": self.id_of(terms), "epoch": epoch, "units": units, "conceded": conceded}
        nonce = digest("Objection", self.chain_id, self.address, **fields)
        with self._all_or_none():
            bond = self._emit_objection(terms, epoch, units, conceded, batch)
            self._pull_authorized(terms.advertiser, bond, nonce, valid_after, valid_before, payer_signer)
        self._contest(terms, epoch, units, conceded, batch)

    def concede(self, terms: Campaign, epoch: int, units: int, *, sender: Address) -> None:
        """Give in, as settler or advertiser."""
        line, state = self._contested(terms, epoch, units)
        if sender != self.settler:
            _check_caller(sender, terms.advertiser)
        self._check_time(line, state.since, state.since + self.rules.ruling_window // 2)
        how, upheld = (
            (Resolution.SETTLER_CONCEDED, 0)
            if sender == self.settler
            else (Resolution.ADVERTISER_CONCEDED, state.disputed)
        )
        self._resolve(terms, epoch, state, how, upheld, state.bond)

    def rule(self, terms: Campaign, epoch: int, units: int, upheld: int, *, sender: Address) -> None:
        """Decide, as arbiter, how many of the contested units stand."""
        line, state = self._contested(terms, epoch, units)
        _check_caller(sender, terms.arbiter)
        window = self.rules.ruling_window
        self._check_time(line, state.since + window // 2, state.since + window)
        _check_bounds(upheld, 0, state.disputed)
        to_advertiser = 2 * state.bond * (state.disputed - upheld) // state.disputed
        self._resolve(terms, epoch, state, Resolution.RULING, upheld, to_advertiser)

    def expire(self, terms: Campaign, epoch: int, units: int, *, sender: Address) -> None:
        """End an objection on which the arbiter was silent, as was signed."""
        line, state = self._contested(terms, epoch, units)
        self._check_time(line, state.since + self.rules.ruling_window, FOREVER)
        upheld = state.disputed * terms.silent_bps // BPS
        self._resolve(terms, epoch, state, Resolution.SILENCE, upheld, state.bond)

    # The settler's deposit

    def deposit(self, amount: int, *, sender: Address) -> None:
        """Add ``amount`` of the sender to the settler's deposit."""
        with self._all_or_none():
            self._emit("Deposited", sender, amount)
            self.lvo.transfer_from(sender, self.address, amount, sender=self.address)
        self.free += amount
        if sender == self.settler:
            self.active_at = self.clock.time

    def withdraw(self, amount: int, *, sender: Address) -> None:
        """Pay ``amount`` of the free deposit to the settler."""
        if sender != self.settler:
            self._check_time(bytes(32), self.active_at + SILENCE, FOREVER)
        if amount > self.free:
            raise Revert("AdLedger_DepositTooSmall", amount, self.free)
        self.free -= amount
        self._emit("Withdrawn", amount)
        self.lvo.transfer(self.settler, amount, sender=self.address)

    # Views

    def id_of(self, terms: Campaign) -> bytes:
        """Return a campaign's id here."""
        return terms.id(self.chain_id, self.address)

    def epoch_now(self) -> int:
        """Return the epoch that is running."""
        return self.clock.time // self.rules.epoch_length

    def time_of(self, epoch: int) -> int:
        """Return when an epoch begins, Unix seconds."""
        return epoch * self.rules.epoch_length

    def refundable_from(self, terms: Campaign) -> int:
        """Return from when on a campaign's rest goes back to its advertiser, as things stand, Unix seconds."""
        state = self.campaigns[self.id_of(terms)]
        return self.time_of((state.stop if state.status == Status.CLOSED else terms.end) + terms.late_epochs)

    def owed(self) -> int:
        """Return what the ledger holds for others, in wei: what its balance is if nobody donated."""
        left = sum(state.remaining for state in self.campaigns.values())
        booked = sum(batch.pending for batch in self.batches.values())
        return left + booked + self.contested() + self.free + self.locked

    def contested(self) -> int:
        """Return what open objections hold in wei: the contested spend, which is kept aside, and advertisers' bonds."""
        return sum(
            line.disputed * line.price + line.bond
            for line in self.lines.values()
            if line.status == LineStatus.CONTESTED
        )

    # What the public methods share

    def _emit(self, name: str, *args: object) -> None:
        self.clock.emit(self.address, name, *args)

    @contextmanager
    def _all_or_none(self) -> Iterator[None]:
        """Take events back if the token refuses to pay."""
        before = len(self.clock.events)
        try:
            yield
        except Revert:
            del self.clock.events[before:]
            raise

    def _pull_authorized(
        self, payer: Address, amount: int, nonce: bytes, valid_after: int, valid_before: int, signer: Address
    ) -> None:
        self.lvo.receive_with_authorization(
            payer, self.address, amount, valid_after, valid_before, nonce, signer=signer, sender=self.address
        )

    def _check_terms(self, terms: Campaign, settler_signer: Address, sender: Address) -> None:
        campaign = self.id_of(terms)
        self._check_status(campaign, Status.NONE)
        self._check_time(campaign, 0, terms.open_by)
        self._check_receiver(terms.advertiser)
        parties = (terms.advertiser, terms.arbiter, self.settler)
        if len(set(parties)) < len(parties) or terms.arbiter == NOBODY:
            raise Revert("AdLedger_PartiesNotDistinct", *parties)
        epoch, length = self.epoch_now(), self.rules.epoch_length
        _check_bounds(terms.price, 1, 2**72 - 1)
        _check_bounds(terms.viewer_part + terms.publisher_part, 0, terms.price)
        _check_bounds(terms.end, epoch + 1, epoch + MOST_SPAN // length)
        _check_bounds(terms.start, 0, terms.end - 1)
        _check_bounds(terms.late_epochs, 1, MOST_LATE // length)
        _check_bounds(terms.silent_bps, 0, BPS)
        _check_signed(self.settler, settler_signer, sender)

    def _begin(self, terms: Campaign) -> None:
        self.campaigns[self.id_of(terms)] = CampaignState(
            remaining=terms.budget,
            price=terms.price,
            epoch_cap=terms.epoch_cap,
            booked=max(terms.start, self.epoch_now()) - 1,
            stop=terms.end,
            late_epochs=terms.late_epochs,
            status=Status.LIVE,
        )

    def _book(self, campaign: bytes, state: CampaignState, epoch: int, units: int) -> int:
        """Take a line out of its campaign's budget and return what it comes to, in wei."""
        if state.status in (Status.NONE, Status.CANCELED):
            raise Revert("AdLedger_WrongStatus", campaign, state.status)
        _check_epoch(campaign, epoch, state.booked, state.stop)
        self._check_time(campaign, self.time_of(epoch + 1), self.time_of(state.stop + state.late_epochs))
        spend, cap = units * state.price, state.epoch_cap * LVO
        if not 0 < spend <= min(cap, state.remaining):
            raise Revert("AdLedger_SpendOutOfBounds", campaign, spend, cap, state.remaining)
        state.remaining -= spend
        state.booked = epoch
        return spend

    def _check_objection(self, terms: Campaign, epoch: int, units: int, conceded: int, batch: bytes) -> None:
        found = self._batch_of(line_id(self.id_of(terms), epoch, units), batch)
        self._check_time(batch, 0, found.until)
        _check_bounds(conceded, 0, units - 1)

    def _emit_objection(self, terms: Campaign, epoch: int, units: int, conceded: int, batch: bytes) -> int:
        disputed = units - conceded
        bond = self._bond_of(disputed * terms.price)
        self._emit("Objected", self.id_of(terms), epoch, batch, units, disputed, bond)
        return bond

    def _contest(self, terms: Campaign, epoch: int, units: int, conceded: int, batch: bytes) -> None:
        disputed = units - conceded
        spend = disputed * terms.price
        bond = self._bond_of(spend)
        line = line_id(self.id_of(terms), epoch, units)
        self.lines[line] = LineState(terms.price, disputed, bond, self.clock.time, LineStatus.CONTESTED)
        self.batches[batch].pending -= spend
        self.batches[batch].bond -= bond

    def _resolve(
        self, terms: Campaign, epoch: int, state: LineState, how: Resolution, upheld: int, to_advertiser: int
    ) -> None:
        campaign = self.id_of(terms)
        struck = state.disputed - upheld
        state.status = LineStatus.RESOLVED
        self.campaigns[campaign].remaining += struck * terms.price
        self._unlock(state.bond, 2 * state.bond - to_advertiser)
        self._emit("ObjectionResolved", campaign, epoch, how, upheld, struck, to_advertiser)
        if upheld:
            self.rewards.fund(upheld * terms.price, sender=self.address)
        if to_advertiser:
            self.lvo.transfer(terms.advertiser, to_advertiser, sender=self.address)

    def _unlock(self, bond: int, to_settler: int) -> None:
        self.locked -= bond
        self.free += to_settler

    def _bond_of(self, spend: int) -> int:
        return spend * self.rules.bond_bps // BPS

    def _batch_of(self, line: bytes, root: bytes) -> Batch:
        if root not in self.batches:
            raise Revert("AdLedger_BatchUnknown", root)
        status = self.lines[line].status
        if status != LineStatus.UNTOUCHED:
            raise Revert("AdLedger_WrongLineStatus", line, status)
        return self.batches[root]

    def _contested(self, terms: Campaign, epoch: int, units: int) -> tuple[bytes, LineState]:
        line = line_id(self.id_of(terms), epoch, units)
        state = self.lines[line]
        if state.status != LineStatus.CONTESTED:
            raise Revert("AdLedger_WrongLineStatus", line, state.status)
        return line, state

    def _check_running(self, campaign: bytes) -> None:
        self._check_status(campaign, Status.LIVE)
        _check_epoch(campaign, self.epoch_now(), 0, self.campaigns[campaign].stop)

    def _check_status(self, campaign: bytes, expected: Status) -> None:
        status = self.campaigns[campaign].status
        if status != expected:
            raise Revert("AdLedger_WrongStatus", campaign, status)

    def _check_time(self, key: bytes, start: int, until: int) -> None:
        if not start <= self.clock.time < until:
            raise Revert("AdLedger_NotNow", key, self.clock.time, start, until)

    def _check_receiver(self, account: Address) -> None:
        if account in (NOBODY, self.lvo.address, self.address):
            raise Revert("TokenIntake_InvalidReceiver", account)


def _check_bounds(value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Revert("AdLedger_OutOfBounds", value, least, most)


def _check_epoch(campaign: bytes, epoch: int, booked: int, stop: int) -> None:
    if not booked < epoch < stop:
        raise Revert("AdLedger_EpochOutOfBounds", campaign, epoch, booked, stop)


def _check_signed(account: Address, signer: Address, sender: Address) -> None:
    if sender != account and (signer == NOBODY or signer != account):
        raise Revert("AdLedger_InvalidSigner", signer, account)


def _check_caller(caller: Address, allowed: Address) -> None:
    if caller != allowed:
        raise Revert("AdLedger_NotAllowed", caller, allowed)
