"""Makes receipts of real campaigns at any scale: the same from the same seed, on every machine.

Each receipt is four raw words of NumPy's PCG64, whose stream is fixed, turned into places by integer arithmetic:

- the campaign, in proportion to its published impressions;
- the viewer by the law of Zipf and Mandelbrot, the one of rank ``r`` of ``n`` with weight ``1 / (r + n / 100)``:
  nobody's day is longer than a day, and by ``1 / r`` the first of 100,000 viewers would have 8 % of all receipts. Ranks
  are spread over the places;
- the publisher by Zipf's law, ``1 / r``;
- the units, 1 to 12, each as likely.

Receipts that fall on the same campaign, viewer and publisher are an earlier and a later one of the same session.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvo.attention.journal import (
    KEYS,
    PUBLISHERS,
    RECEIPTS,
    ROWS_PER_GROUP,
    VIEWERS,
    Campaign,
    Journal,
    campaigns_csv,
    read_journal,
    receipt_schema,
    write_accounts,
    write_keys,
)
from lvo.attention.messages import Domain, Receipt, SessionKey
from lvo.merkle import keccak256
from lvo.units import LVO, WHOLE

if TYPE_CHECKING:
    import numpy as np

MOST_UNITS_SHOWN = 12
"""Units of a made receipt, at most."""
CHUNK = 1 << 22
"""Rows that are made at a time; rows of a chunk depend on the seed and its number only."""
_WEIGHT = 1 << 40
_KEYS_OF = 4
"""One viewer in so many signs with a session key."""


@dataclass(frozen=True)
class Offer:
    """A real campaign.

    Attributes
    ----------
    name
        64 hexadecimal digits, as published.
    spend
        US dollars.
    impressions
        How often it was shown.
    start, end
        Unix seconds.
    """

    name: str
    spend: int
    impressions: int
    start: int
    end: int


def read_offers(path: Path) -> tuple[list[Offer], dict[str, str]]:
    """Read a table of campaigns: ``ad_id,spend_usd,impressions,start,end``.

    A campaign without an end is given the last end that the table has, since AdLedger opens none without. One without
    spend has no price, and one that ends before it begins never runs: both are left out.

    Returns
    -------
    list
        Those that can run, by name.
    dict
        Why each other one cannot.
    """
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    last = max(_time(row["end"]) for row in rows if row["end"])
    offers, refused = [], {}
    for row in rows:
        name = row["ad_id"]
        spend, impressions, start = int(row["spend_usd"]), int(row["impressions"]), _time(row["start"])
        end = _time(row["end"]) if row["end"] else last
        if spend == 0:
            refused[name] = "nothing was spent, so a unit has no price"
        elif impressions == 0:
            refused[name] = "it was never shown, so a unit has no price"
        elif end <= start:
            refused[name] = "it ends before it begins"
        else:
            offers.append(Offer(name, spend, impressions, start, end))
    return sorted(offers, key=lambda offer: offer.name), refused


def _time(text: str) -> int:
    moment = datetime.strptime(text, "%Y/%m/%d %H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int(moment.timestamp())


def terms(
    offer: Offer,
    epoch_length: int,
    shift: int = 0,
    wei_per_dollar: int = LVO,
    viewer_bps: int = 5_000,
    publisher_bps: int = 3_000,
    viewer_cap: int = 60,
) -> Campaign:
    """Turn a real campaign into terms: its spend is the budget, an impression is a unit.

    Parameters
    ----------
    offer
        The campaign, whose name becomes its id; on a chain the id is the hash of the signed terms instead.
    epoch_length
        Seconds.
    shift
        Seconds that it is moved into the future.
    wei_per_dollar
        What a dollar is worth.
    viewer_bps, publisher_bps
        Parts of the price, rounded down; the rest is the platform's.
    viewer_cap
        Units of one viewer that count in an epoch.

    Returns
    -------
    Campaign
        Price rounded down, so the budget covers all impressions; it counts from the epoch in which it starts to the one
        in which it ends, both included.
    """
    budget = offer.spend * wei_per_dollar
    price = budget // offer.impressions
    return Campaign(
        campaign="0x" + offer.name,
        price=price,
        viewer_part=price * viewer_bps // WHOLE,
        publisher_part=price * publisher_bps // WHOLE,
        viewer_cap=viewer_cap,
        epoch_cap=-(-budget // LVO),
        start=(offer.start + shift) // epoch_length,
        stop=(offer.end + shift - 1) // epoch_length + 1,
        remaining=budget,
    )


class Crowd:
    """Who watches what: receipts as places, from a seed."""

    def __init__(self, weights: Sequence[int], viewers: int, publishers: int, seed: int) -> None:
        """Prepare.

        Parameters
        ----------
        weights
            Of each campaign; those of weight 0 get no receipts.
        viewers, publishers
            How many there are.
        seed
            What everything follows from.
        """
        import numpy as np

        self._seed = seed
        self._campaigns = np.cumsum(np.array(weights, dtype=np.uint64))
        self._viewers = _zipf(viewers, viewers // 100)
        self._publishers = _zipf(publishers)
        self._spread = _spread(viewers)

    def chunk(self, number: int, count: int) -> "tuple[np.ndarray[Any, Any], ...]":
        """Return the first `count` receipts of a chunk: campaign, publisher, viewer (int32), units (int64)."""
        import numpy as np

        bits = np.random.PCG64(np.random.SeedSequence([self._seed, number]))
        words = bits.random_raw(4 * CHUNK).reshape(4, CHUNK)[:, :count] if count > CHUNK // 2 else None
        if words is None:  # the words of a receipt lie CHUNK apart: skip what is not needed
            words = np.empty((4, count), np.uint64)
            for i in range(4):
                fresh = np.random.PCG64(np.random.SeedSequence([self._seed, number]))
                words[i] = fresh.advance(i * CHUNK).random_raw(count)
        campaign = np.searchsorted(self._campaigns, words[0] % self._campaigns[-1], side="right").astype(np.int32)
        rank = np.searchsorted(self._viewers, words[1] % self._viewers[-1], side="right").astype(np.uint64)
        viewer = (rank * np.uint64(self._spread) % np.uint64(len(self._viewers))).astype(np.int32)
        publisher = np.searchsorted(self._publishers, words[2] % self._publishers[-1], side="right").astype(np.int32)
        units = (words[3] % np.uint64(MOST_UNITS_SHOWN)).astype(np.int64) + 1
        return campaign, publisher, viewer, units


def _zipf(count: int, offset: int = 0) -> "np.ndarray[Any, Any]":
    import numpy as np

    ranks = np.arange(1 + offset, 1 + offset + count, dtype=np.uint64)
    found: np.ndarray[Any, Any] = np.cumsum(np.uint64(_WEIGHT) // ranks)
    return found


def _spread(count: int) -> int:
    """Return a multiplier that spreads ranks over `count` places, one to one."""
    step = max(count * 618 // 1000, 1)
    while gcd(step, count) != 1:
        step += 1
    return step


def write_checked(folder: Path, crowd: Crowd, count: int, epoch: int, progress: Any = lambda _: None) -> list[Path]:
    """Write receipts without signatures, as if they had been checked: what the engine reads, for measuring it."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lvo.attention.signatures import checked_schema

    folder.mkdir(parents=True)
    paths = []
    for number, first in enumerate(range(0, count, CHUNK)):
        rows = min(CHUNK, count - first)
        campaign, publisher, viewer, units = crowd.chunk(number, rows)
        context = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int8), pa.array([bytes(32)], pa.binary()))
        table = pa.table(
            [
                campaign,
                publisher,
                viewer,
                np.full(rows, epoch, np.int32),
                units,
                context.cast(pa.binary()),
                np.zeros(rows, np.int8),
            ],
            schema=checked_schema(),
        )
        paths.append(folder / f"part-{number:05d}.parquet")
        pq.write_table(table, paths[-1], row_group_size=ROWS_PER_GROUP)
        progress(number)
    return paths


# --------------------------------------------------------------------------------------------------------------- signed


class Wallets:
    """Private keys from a seed, for samples and tests: anyone who knows the seed has them."""

    def __init__(self, role: str, seed: int) -> None:
        """Take the role (``viewer``, ``publisher``, ``session``) and the seed."""
        self._prefix = f"live video {role} {seed} ".encode()
        self._cache: dict[int, tuple[Any, bytes]] = {}

    def __getitem__(self, number: int) -> tuple[Any, bytes]:
        """Return the private key (of coincurve) and the address, 20 bytes, of one wallet."""
        from coincurve import PrivateKey

        if number not in self._cache:
            key = PrivateKey(keccak256(self._prefix + str(number).encode()))
            self._cache[number] = key, keccak256(key.public_key.format(compressed=False)[1:])[12:]
        return self._cache[number]


def sign_digest(key: Any, digest: bytes) -> bytes:
    """Sign with a private key of coincurve; 65 bytes r, s, v."""
    signature = key.sign_recoverable(digest, hasher=None)
    return bytes(signature[:64]) + bytes((signature[64] + 27,))


def write_signed(
    folder: Path,
    campaigns: Sequence[Campaign],
    weights: Sequence[int],
    domain: Domain,
    epoch: int,
    count: int,
    viewers: int,
    publishers: int,
    seed: int,
    rows_per_file: int = 1 << 17,
) -> Journal:
    """Write a journal of `count` receipts, each signed by viewer and publisher, one viewer in four by a session key.

    If there are as many receipts as campaigns, the first ones are one for each.

    Parameters
    ----------
    folder
        Where the journal goes.
    campaigns
        By rising id.
    weights
        Of each campaign, such as its impressions; of those that do not run in this epoch, 0.
    domain, epoch
        What the receipts are for.
    count, viewers, publishers
        How many there are.
    seed
        What everything follows from.
    rows_per_file
        Receipts in a file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / RECEIPTS).mkdir(parents=True)
    (folder / "campaigns.csv").write_bytes(campaigns_csv(campaigns))
    viewer_wallets, publisher_wallets, session_wallets = (
        Wallets(role, seed) for role in ("viewer", "publisher", "session")
    )
    crowd = Crowd(weights, viewers, publishers, seed)
    drawn = list(_drawn(crowd, count))
    running = [place for place, weight in enumerate(weights) if weight]
    if count >= len(running):
        drawn[: len(running)] = [(place, *row[1:]) for place, row in zip(running, drawn, strict=False)]
    publisher_of = write_accounts(folder / PUBLISHERS, (publisher_wallets[p][1] for _, p, _, _ in drawn))
    viewer_of = write_accounts(folder / VIEWERS, (viewer_wallets[v][1] for _, _, v, _ in drawn))
    publisher_place = {account: i for i, account in enumerate(publisher_of)}
    viewer_place = {account: i for i, account in enumerate(viewer_of)}
    keys = []
    for viewer in sorted({v for _, _, v, _ in drawn if v % _KEYS_OF == 0}):
        private, account = viewer_wallets[viewer]
        plain = SessionKey(account, session_wallets[viewer][1], epoch, epoch + 30, b"")
        signature = sign_digest(private, domain.key_digest(plain))
        keys.append(SessionKey(account, plain.key, plain.first_epoch, plain.last_epoch, signature))
    write_keys(folder / KEYS, keys)
    ids = [campaign.id for campaign in campaigns]
    for number, first in enumerate(range(0, count, rows_per_file)):
        rows: list[list[Any]] = [[] for _ in receipt_schema()]
        for i, (c, p, v, units) in enumerate(drawn[first : first + rows_per_file], first):
            context = keccak256(f"session {seed} {i}".encode())
            receipt = Receipt(ids[c], publisher_wallets[p][1], viewer_wallets[v][1], epoch, units, context)
            digest, counter = domain.digests(receipt)
            signer = (session_wallets if v % _KEYS_OF == 0 else viewer_wallets)[v][0]
            values = (
                c,
                publisher_place[receipt.publisher],
                viewer_place[receipt.viewer],
                epoch,
                units,
                context,
                sign_digest(signer, digest),
                sign_digest(publisher_wallets[p][0], counter),
            )
            for column, value in zip(rows, values, strict=True):
                column.append(value)
        path = folder / RECEIPTS / f"part-{number:05d}.parquet"
        pq.write_table(pa.table(rows, schema=receipt_schema()), path, row_group_size=ROWS_PER_GROUP)
    return read_journal(folder)


def _drawn(crowd: Crowd, count: int) -> Iterator[tuple[int, int, int, int]]:
    for number, first in enumerate(range(0, count, CHUNK)):
        columns = crowd.chunk(number, min(CHUNK, count - first))
        yield from zip(*(column.tolist() for column in columns), strict=True)
