"""What tests of attention share: a ledger, campaigns, small journals, and a naive computation to compare with."""

from collections import defaultdict
from pathlib import Path

from lvo.apportion import apportion
from lvo.attention.generate import Wallets, sign_digest
from lvo.attention.journal import Campaign, campaigns_csv, write_accounts, write_journal
from lvo.attention.messages import MOST_UNITS, Domain, Receipt, SessionKey, Signed
from lvo.attention.order import Order, Rules
from lvo.merkle import keccak256

CHAIN_ID = 1337
LEDGER = "0x" + "ad" * 20
PLATFORM = "0x" + "0b" * 20
EPOCH = 18_528
DOMAIN = Domain(CHAIN_ID, LEDGER)
RULES = Rules(LEDGER, CHAIN_ID, EPOCH, PLATFORM)
VIEWERS, PUBLISHERS, SESSIONS = (Wallets(role, 7) for role in ("viewer", "publisher", "session"))


def campaign_id(number):
    """An id, rising with its number."""
    return "0x" + number.to_bytes(2, "big").hex() + keccak256(bytes([number % 256])).hex()[4:]


def campaign(number, **changes):
    """A campaign that runs, with plenty of money."""
    fields = {
        "price": 1_000,
        "viewer_part": 500,
        "publisher_part": 300,
        "viewer_cap": 1_000_000,
        "epoch_cap": (1 << 24) - 1,
        "start": EPOCH,
        "stop": EPOCH + 1,
        "remaining": 10**24,
    }
    return Campaign(campaign=campaign_id(number), **(fields | changes))


def receipt(campaign=0, publisher=0, viewer=0, units=1, epoch=EPOCH, context=b"\0" * 32):
    """A receipt of wallets by their numbers."""
    return Receipt(
        bytes.fromhex(campaign_id(campaign)[2:]), PUBLISHERS[publisher][1], VIEWERS[viewer][1], epoch, units, context
    )


def signed(plain, viewer=None, publisher=None, domain=DOMAIN):
    """Sign a receipt with the keys of its accounts, or with others."""
    digest, counter = domain.digests(plain)
    return Signed(
        plain,
        sign_digest(viewer or _owner(VIEWERS, plain.viewer), digest),
        sign_digest(publisher or _owner(PUBLISHERS, plain.publisher), counter),
    )


def _owner(wallets, account):
    return next(key for key, address in (wallets[i] for i in range(100)) if address == account)


def session_key(viewer, key, first=EPOCH, last=EPOCH, signer=None, domain=DOMAIN):
    """A session key that the wallet of a viewer registers."""
    private, account = VIEWERS[viewer]
    plain = SessionKey(account, key, first, last, b"")
    return SessionKey(account, key, first, last, sign_digest(signer or private, domain.key_digest(plain)))


def order(folder, campaigns, receipts, keys=(), name="epoch", rules=RULES):
    """Write a journal and return an order for it."""
    journal = Path(folder) / f"{name}-journal"
    write_journal(journal, campaigns, receipts, keys)
    return Order(rules, journal, Path(folder) / name)


def write_places(folder, campaigns, publishers, viewers, rows, files=1):
    """Write a journal's lists and checked files of rows (campaign, publisher, viewer, epoch, units, context, flaw)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lvo.attention.signatures import checked_schema

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "campaigns.csv").write_bytes(campaigns_csv(campaigns))
    write_accounts(folder / "publishers.parquet", [PUBLISHERS[i][1] for i in range(publishers)])
    write_accounts(folder / "viewers.parquet", [VIEWERS[i][1] for i in range(viewers)])
    paths = []
    for i in range(files):
        columns = [list(column) for column in zip(*rows[i::files], strict=True)] or [[] for _ in checked_schema()]
        paths.append(folder / f"checked-{i}.parquet")
        pq.write_table(pa.table(columns, schema=checked_schema()), paths[-1])
    return paths


def naive(campaigns, publishers, viewers, rows, stages=None, epoch=EPOCH, same=()):
    """Compute an epoch without an engine, slowly and obviously; the oracle.

    Returns
    -------
    tuple
        Units by campaign, wei by viewer, wei by publisher, wei of the platform, latest receipts.
    """
    latest, contexts = {}, {}
    for place, publisher, viewer, of, units, context, flaw in rows:
        known = 0 <= place < len(campaigns) and 0 <= publisher < publishers and 0 <= viewer < viewers
        if not known or of != epoch or not 1 <= units <= MOST_UNITS or flaw or (publisher, viewer) in same:
            continue
        if not campaigns[place].start <= epoch < campaigns[place].stop:
            continue
        key = (place, viewer, publisher)
        if units > latest.get(key, 0):
            latest[key], contexts[key] = units, context
        elif units == latest[key]:
            contexts[key] = min(contexts[key], context)
    shown = defaultdict(dict)
    for (place, viewer, publisher), units in latest.items():
        shown[place, viewer][publisher] = units
    counted = {key: min(sum(parts.values()), campaigns[key[0]].viewer_cap) for key, parts in shown.items()}
    for place in {place for place, _ in counted}:
        members = sorted(viewer for c, viewer in counted if c == place)
        units = [counted[place, viewer] for viewer in members]
        most = min(sum(units), campaigns[place].most_units)
        granted = _hand_out(units, [most])
        if stages is not None:
            granted = _hand_out(granted, stages.get(place, ()))
        for viewer, part in zip(members, granted, strict=True):
            counted[place, viewer] = part
    lines, to_viewers, to_publishers = defaultdict(int), defaultdict(int), defaultdict(int)
    for (place, viewer), units in counted.items():
        lines[place] += units
        to_viewers[viewer] += units * campaigns[place].viewer_part
        left = units
        first = viewer % publishers
        for turn in range(publishers):
            publisher = (first + turn) % publishers
            part = min(left, shown[place, viewer].get(publisher, 0))
            to_publishers[publisher] += part * campaigns[place].publisher_part
            left -= part
    platform = sum(units * campaigns[place].platform_part for place, units in lines.items())
    leaves = sorted((*key, units, contexts[key]) for key, units in latest.items())
    return (
        {place: units for place, units in lines.items() if units},
        sorted((viewer, wei) for viewer, wei in to_viewers.items() if wei),
        sorted((publisher, wei) for publisher, wei in to_publishers.items() if wei),
        platform,
        leaves,
    )


def _hand_out(units, parts):
    left = list(units)
    for part in parts:
        if part:
            left = [rest - given for rest, given in zip(left, apportion(part, left), strict=True)]
    return [whole - rest for whole, rest in zip(units, left, strict=True)]
