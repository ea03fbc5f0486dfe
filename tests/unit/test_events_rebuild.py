"""Events tell the whole story: the state of both contracts, rebuilt from events alone, is what the chain says.

Two things are not in any event of the standards: an allowance that is spent (ERC-20 emits no Approval for it), and the
nonce that a permit or a signed delegation uses. Both are left out here; a nonce that was cancelled is in an event.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace

import pytest

from lvo.curve import Schedule
from lvo.models.base import NOBODY
from lvo.units import DAY, MONTH
from tests.chain.artifacts import load
from tests.helpers import FOREVER, sign_token
from tests.scenes import HOLDERS, LEAD, POOL, REVOKED, fields, piece, schedules, wait

PEOPLE = (*HOLDERS, "alice", "bob", "carol")


@dataclass
class Ledger:
    """The state of a token, from its events."""

    balances: defaultdict = field(default_factory=lambda: defaultdict(int))
    delegates: defaultdict = field(default_factory=lambda: defaultdict(lambda: NOBODY))
    votes: defaultdict = field(default_factory=lambda: defaultdict(list))
    used: set = field(default_factory=set)

    def read(self, time, name, args):
        match name:
            case "Transfer":
                origin, to, value = args
                self.balances[origin] -= value
                self.balances[to] += value
            case "DelegateChanged":
                account, former, delegatee = args
                assert self.delegates[account] == former
                self.delegates[account] = delegatee
            case "DelegateVotesChanged":
                delegatee, before, after = args
                assert before == (self.votes[delegatee][-1][1] if self.votes[delegatee] else 0)
                self.votes[delegatee].append((time, after))
            case "AuthorizationUsed" | "AuthorizationCanceled":
                assert args not in self.used
                self.used.add(args)


@dataclass
class Books:
    """The state of a distribution, from its events."""

    grants: list = field(default_factory=list)
    salts: set = field(default_factory=set)
    successions: defaultdict = field(default_factory=lambda: defaultdict(lambda: [NOBODY, NOBODY, 0, NOBODY, 0]))

    def read(self, name, args):
        match name:
            case "GrantCreated":
                number, parent, to, amount, schedule, kind = args
                assert number == len(self.grants)
                bucket = number if parent == number else self.grants[parent]["bucket"]
                if parent != number:
                    self.grants[parent]["total"] -= amount
                grant = {"to": to, "total": amount, "released": 0, "schedule": schedule, "parent": parent}
                self.grants.append(grant | {"bucket": bucket, "kind": kind})
            case "PoolSplit":
                assert args not in self.salts
                self.salts.add(args)
            case "Released":
                number, to, amount = args
                assert self.grants[number]["to"] == to
                self.grants[number]["released"] += amount
            case "Revoked":
                number, pool, paid, returned = args
                assert self.grants[number]["released"] == paid
                assert self.grants[number]["total"] == paid + returned
                self.grants[pool]["total"] += paid + returned
                self.grants[pool]["released"] += paid
                self.grants[number] |= {"total": 0, "released": 0, "kind": int(REVOKED)}
            case "GrantOffered":
                self.successions[args[0]][0] = args[2]
            case "BeneficiaryChanged":
                number, former, current = args
                assert self.grants[number]["to"] == former
                self.grants[number]["to"] = current
                self.successions[number] = [NOBODY, NOBODY, 0, NOBODY, 0]
            case "RescuerNamed":
                self.successions[args[0]][1:3] = args[1:]
            case "RecoveryStarted":
                self.successions[args[0]][3:] = args[1:]
            case "RecoveryCanceled":
                self.successions[args[0]][3:] = NOBODY, 0


class Scenario:
    """Random acts of random people on a new distribution and its token; every event goes into the books."""

    def __init__(self, chain, seed):
        self.random = random.Random(seed)
        self.chain = chain
        self.people = {name: chain.actor(name) for name in PEOPLE}
        self.names = {address: name for name, address in self.people.items()}
        self.ledger, self.books = Ledger(), Books()
        plan = zip(map(self.people.get, HOLDERS), schedules(chain.time + LEAD), strict=True)
        code = load("GenesisDistribution").creation_code(([(holder, fields(curve)) for holder, curve in plan],))
        outcome, address = chain.create(self.people["alice"], code)
        self.genesis = chain.at("GenesisDistribution", address)
        self.token = chain.at("LVOToken", self.genesis.view("LVO"))
        self.done = defaultdict(int)
        self._read(outcome.time, chain.events(outcome.logs))

    def _read(self, time, events):
        for event in events:
            if event.source == self.token.address:
                self.ledger.read(time, event.name, event.args)
            else:
                self.books.read(event.name, event.args)

    def _send(self, contract, function, *args, sender):
        # Now and then many acts fall into one second.
        pace = self.random.choice((0, 0, 1, 60, DAY, MONTH))
        receipt = contract.try_send(function, *args, sender=sender, at=self.chain.time + pace)
        self._read(receipt.time, receipt.events)
        self.done[function] += receipt.error is None

    def _anyone(self):
        return self.random.choice(list(self.people.values()))

    def _grant(self):
        return self.random.randrange(len(self.books.grants))

    def step(self):
        acts = (self.pay, self.pay_many, self.delegate, self.authorize, self.release, self.split, self.revoke)
        self.random.choice((*acts, self.offer, self.accept, self.rescue))()

    def pay(self):
        sender = self._anyone()
        value = self.random.randint(0, self.ledger.balances[sender])
        self._send(self.token, "transfer", self._anyone(), value, sender=sender)

    def pay_many(self):
        sender = self._anyone()
        rows = [(self._anyone(), self.random.randint(0, self.ledger.balances[sender] // 3)) for _ in range(3)]
        self._send(self.token, "transferBatch", rows, sender=sender)

    def delegate(self):
        to = self.random.choice((NOBODY, self._anyone(), self._anyone()))
        self._send(self.token, "delegate", to, sender=self._anyone())

    def authorize(self):
        name = self.random.choice(PEOPLE)
        origin, to = self.people[name], self._anyone()
        nonce = bytes([self.random.randrange(8)] * 32)
        if self.random.random() < 0.3:
            signature = sign_token(self.token, name, "CancelAuthorization", authorizer=origin, nonce=nonce)
            self._send(self.token, "cancelAuthorization", origin, nonce, signature, sender=to)
            return
        terms = {"from": origin, "to": to, "value": self.ledger.balances[origin] // 5, "validAfter": 0}
        terms |= {"validBefore": FOREVER, "nonce": nonce}
        signature = sign_token(self.token, name, "TransferWithAuthorization", **terms)
        self._send(self.token, "transferWithAuthorization", *terms.values(), signature, sender=self._anyone())

    def release(self):
        if self.random.random() < 0.5:
            number = self._grant()
            self._send(self.genesis, "release", number, sender=self.books.grants[number]["to"])
        else:
            self._send(self.genesis, "releaseMany", [self._grant() for _ in range(5)], sender=self._anyone())

    def split(self):
        pools = [number for number, grant in enumerate(self.books.grants) if grant["kind"] == POOL]
        number = self.random.choice(pools)
        grant = self.books.grants[number]
        curve = Schedule(*grant["schedule"])
        rows = []
        for _ in range(self.random.randint(1, 3)):
            slower = replace(curve, end=curve.end + self.random.choice((0, MONTH)))
            amount = max(1, self.random.randint(0, grant["total"] // 4))
            rows.append(piece(self._anyone(), amount, slower, self.random.randrange(3)))
        self._send(self.genesis, "split", number, rows, self.random.randrange(300), sender=grant["to"])

    def revoke(self):
        number = self._grant()
        pool = self.books.grants[self.books.grants[number]["parent"]]
        self._send(self.genesis, "revoke", number, sender=pool["to"])

    def offer(self):
        number = self._grant()
        self._send(self.genesis, "offer", number, self._anyone(), sender=self.books.grants[number]["to"])

    def accept(self):
        offered = [number for number, row in self.books.successions.items() if row[0] != NOBODY]
        if offered:
            number = self.random.choice(offered)
            self._send(self.genesis, "accept", number, 0, sender=self.books.successions[number][0])

    def rescue(self):
        number = self._grant()
        owner, (_, rescuer, _, candidate, _) = self.books.grants[number]["to"], self.books.successions[number]
        if rescuer == NOBODY:
            self._send(self.genesis, "nameRescuer", number, self._anyone(), 90 * DAY, sender=owner)
        elif candidate == NOBODY:
            self._send(self.genesis, "startRecovery", number, self._anyone(), sender=rescuer)
        elif self.random.random() < 0.3:
            self._send(self.genesis, "cancelRecovery", number, sender=owner)
        else:
            self._send(self.genesis, "finishRecovery", number, sender=candidate)

    def compare(self):
        """Ask the chain for everything and compare."""
        wait(self.chain, self.chain.time + 1)
        token, genesis = self.token, self.genesis
        for account in (*self.people.values(), genesis.address, token.address):
            assert token.view("balanceOf", account) == self.ledger.balances[account]
            assert token.view("delegates", account) == self.ledger.delegates[account]
            history = self.ledger.votes[account]
            assert token.view("getVotes", account) == (history[-1][1] if history else 0)
            for time, _ in history:
                # Of several changes in a second the last one counts.
                last = [votes for second, votes in history if second <= time][-1]
                assert token.view("getPastVotes", account, time) == last
            for nonce in (bytes([i] * 32) for i in range(8)):
                assert token.view("authorizationState", account, nonce) is ((account, nonce) in self.ledger.used)
        assert genesis.view("grantCount") == len(self.books.grants)
        for number, grant in enumerate(self.books.grants):
            assert genesis.view("grants", number) == tuple(grant.values())
            assert genesis.view("successions", number) == tuple(self.books.successions[number])
            for salt in range(300) if number in {pool for pool, _ in self.books.salts} else range(1):
                if self.chain.name == "revm" or (number, salt) in self.books.salts:
                    assert genesis.view("isSaltUsed", number, salt) is ((number, salt) in self.books.salts)


@pytest.mark.parametrize("seed", range(3))
def test_state_is_rebuilt_from_events(chain, seed):
    """Both contracts, after a random history of every kind of act."""
    scenario = Scenario(chain, seed)
    for _ in range(400 if chain.name == "revm" else 60):
        scenario.step()
    scenario.compare()
    if chain.name == "revm":
        # The history was rich: everything that can happen happened.
        happened = {name for name, count in scenario.done.items() if count}
        assert happened >= {
            "transfer", "transferBatch", "delegate", "transferWithAuthorization", "cancelAuthorization", "release",
            "releaseMany", "split", "revoke", "offer", "accept", "nameRescuer", "startRecovery",
        }, scenario.done  # fmt: skip
