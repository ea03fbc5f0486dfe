"""A distribution report of realistic shape: six buckets, some 3,200 grants, amounts over six orders of magnitude."""

import random
from typing import Any

from lvo.curve import Schedule
from lvo.units import DAY, LVO, MONTH, SUPPLY

GENESIS = 1_772_323_200
"""1 March 2026, 00:00 UTC."""
NOW = GENESIS + 7 * MONTH + 9 * DAY + 12_345

# key, name, purpose, share in bps, holder, cliff month, end month, initial bps, number of grants
BUCKETS = [
    ("foundation", "Foundation", "Ecosystem building, supervision", 2_000, "timelock", 0, 48, 500, 5),
    ("team", "Founding team", "Team incentive", 1_500, "multisig", 12, 48, 0, 220),
    ("application", "Application construction", "Building applications", 2_000, "timelock", 0, 48, 1_000, 595),
    (
        "promotion",
        "Global promotion",
        "Rewards by period, region, volume and node standard",
        1_500,
        "ledger",
        0,
        36,
        500,
        0,
    ),
    ("cornerstone", "Cornerstone investment", "Early institutions", 1_500, "account", 6, 30, 0, 946),
    ("exchange", "Exchange ecology", "Trading incentives", 1_500, "account", 0, 24, 2_000, 1_431),
]


def realistic(grants: int | None = None, seed: int = 7) -> dict[str, Any]:
    """Return a report of a distribution in its eighth month, with about that many grants if a number is given."""
    chance = random.Random(seed)
    accounts = [f"0x{chance.getrandbits(160):040x}" for _ in range(1_465)]
    buckets, rows = [], []
    for number, (key, name, purpose, bps, holder, cliff, end, initial, count) in enumerate(BUCKETS):
        share = SUPPLY * bps // 10_000
        curve = Schedule(GENESIS, GENESIS + cliff * MONTH, GENESIS + end * MONTH, initial)
        count = count if grants is None else grants // 6
        weights = [int(10 ** chance.uniform(0, 6)) for _ in range(count)]
        part = share * chance.randint(60, 95) // 100
        pieces = [part * weight // sum(weights) for weight in weights]
        paid = due = vested = 0
        for index, piece in enumerate(pieces):
            slow = chance.random() < 0.05
            schedule = (
                curve
                if not slow
                else Schedule(
                    GENESIS, curve.cliff + chance.randint(0, 90) * DAY, curve.end + chance.randint(0, 900) * DAY, 0
                )
            )
            done = schedule.vested(piece, NOW)
            released = schedule.vested(piece, NOW - chance.randint(0, 200) * DAY) if chance.random() < 0.6 else 0
            paid, due, vested = paid + released, due + done - released, vested + done
            rows.append(
                {
                    "id": 6 + len(rows),
                    "bucket": number,
                    "parent": number,
                    "beneficiary": chance.choice(accounts),
                    "amount": str(piece),
                    "released": str(released),
                    "releasable": str(done - released),
                    "schedule": _fields(schedule),
                    "kind": "revocable" if slow else "pool" if index == 3 else "personal",
                    "source": f"{key}.csv:{index + 2}",
                }
            )
        pool = share - sum(pieces)
        mine = curve.vested(pool, NOW) // 3
        total_vested = vested + curve.vested(pool, NOW)
        buckets.append(
            {
                "id": number,
                "key": key,
                "name": name,
                "purpose": purpose,
                "shareBps": bps,
                "share": str(share),
                "beneficiary": f"0x{chance.getrandbits(160):040X}",
                "holder": holder,
                "schedule": _fields(curve),
                "grants": count,
                "total": str(pool),
                "split": str(sum(pieces)),
                "vested": str(total_vested),
                "released": str(paid + mine),
                "releasable": str(total_vested - paid - mine),
            }
        )
    allotted = {bucket["key"]: int(bucket["total"]) + int(bucket["split"]) for bucket in buckets}
    checks = [
        {
            "name": f"{bucket['name']}: its grants sum to its share",
            "ok": True,
            "expected": bucket["share"],
            "actual": str(allotted[bucket["key"]]),
        }
        for bucket in buckets
    ]
    released = sum(int(bucket["released"]) for bucket in buckets)
    checks += [
        {"name": "total supply", "ok": True, "expected": str(SUPPLY), "actual": str(SUPPLY)},
        {
            "name": "balance covers what is owed",
            "ok": True,
            "expected": str(SUPPLY - released),
            "actual": str(SUPPLY - released),
        },
        {"name": "number of grants", "ok": True, "expected": str(6 + len(rows)), "actual": str(6 + len(rows))},
        {"name": "every grant as planned", "ok": True, "expected": "0 differences", "actual": "0 differences"},
    ]
    return {
        "schema": "live-video/distribution-report/1",
        "chain": {"id": 1337, "block": 412, "time": NOW, "client": "Ganache/v7.9.2/EthereumJS TestRPC/v7.9.2"},
        "plan": {"name": "demo", "hash": f"0x{chance.getrandbits(256):064x}", "file": "plans/demo.yaml"},
        "contracts": {
            "distribution": "0x3194cBDC3dbcd3E11a07892e7bA5c3394048Cc87",
            "token": "0x602C71e4DAC47a042Ee7f46E0aee17F94A3bA0B6",
        },
        "token": {"name": "LIVE VIDEO", "symbol": "LVO", "decimals": 18, "totalSupply": str(SUPPLY)},
        "buckets": buckets,
        "grants": rows,
        "refused": [
            {
                "file": "vesting-grants.csv",
                "line": line,
                "account": chance.choice(accounts),
                "amount": str(chance.randint(1, 10**6) * LVO // 7),
                "reason": chance.choice(
                    [
                        "end is earlier than the bucket's",
                        "cliff is earlier than the bucket's",
                        "start, cliff and end are earlier than the bucket's",
                    ]
                ),
            }
            for line in range(2, 61)
        ],
        "verify": {"ok": True, "checks": checks},
        "gas": {"deploy": 4_812_345, "split": 178_902_311, "transactions": 24},
    }


def _fields(schedule: Schedule) -> dict[str, int]:
    return {"start": schedule.start, "cliff": schedule.cliff, "end": schedule.end, "initialBps": schedule.initial_bps}
