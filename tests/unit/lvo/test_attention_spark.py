"""DuckDB and Apache Spark make the same bytes of the same receipts, whatever is wrong with them."""

import importlib.util
import random
import shutil
import subprocess

import pytest

from lvo.attention.engine import connect
from lvo.attention.folder import build, verify
from lvo.attention.journal import AttentionError, bits
from lvo.attention.order import Order
from lvo.attention.pipeline import Pipeline
from tests.attention import (
    EPOCH,
    RULES,
    SESSIONS,
    VIEWERS,
    campaign,
    naive,
    order,
    receipt,
    session_key,
    signed,
    write_places,
)


def has_java():
    java = shutil.which("java")
    return bool(java) and subprocess.run([java, "-version"], capture_output=True, check=False).returncode == 0


needs_spark = [
    pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="PySpark is not installed: make spark"),
    pytest.mark.skipif(not has_java(), reason="there is no Java: apt-get install openjdk-17-jre-headless"),
]


@pytest.fixture(scope="module")
def engines():
    with connect("duckdb", threads=2) as duckdb, connect("spark", threads=2) as spark:
        yield duckdb, spark


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(importlib.util.find_spec("pyspark"), reason="PySpark is installed")
def test_connecting_to_spark_reverts_when_pyspark_is_missing():
    with pytest.raises(AttentionError, match="make spark"):
        connect("spark")


def test_connecting_reverts_when_there_is_no_such_engine():
    with pytest.raises(AttentionError, match="duckdb or spark"):
        connect("abacus")


class TestOnSpark:
    """Needs PySpark and Java."""

    pytestmark = needs_spark

    def test_both_engines_build_the_same_bytes(self, engines, tmp_path):
        price = (1 << 72) - 1
        campaigns = [
            campaign(0, viewer_cap=12),
            campaign(1, price=price, viewer_part=price // 3, publisher_part=price // 5, remaining=(1 << 96) - 1),
            campaign(2, remaining=20_000),
            campaign(3, start=EPOCH + 1, stop=EPOCH + 2),
        ]
        receipts = [signed(receipt(c, p, v, units=1 + c + p + v)) for c in range(4) for p in range(3) for v in range(4)]
        receipts += [signed(receipt(units=50), viewer=VIEWERS[1][0]), signed(receipt(epoch=EPOCH - 1))]
        receipts += [signed(receipt(1, 0, 0, units=1 << 31), viewer=SESSIONS[0][0]), signed(receipt(units=0))]
        receipts += [signed(receipt(0, 1, 1, units=3, context=bytes([i]) * 32)) for i in (255, 1, 128)]
        made = order(tmp_path, campaigns, receipts, [session_key(0, SESSIONS[0][1])])
        outs = []
        for engine in engines:
            outs.append(tmp_path / engine.name)
            build(Order(RULES, made.journal, outs[-1]), engine, processes=1)
        assert contents(outs[0]) == contents(outs[1])
        assert max(int(line.split(b",")[-1]) for line in contents(outs[0])["payouts.csv"].split()[1:]) > 1 << 80
        for engine, out in zip(engines, reversed(outs), strict=True):
            assert verify(out, engine, processes=1)[1] == []

    def test_both_engines_agree_with_the_naive_computation(self, engines, tmp_path):
        dice = random.Random(8)
        campaigns = [campaign(i, viewer_cap=dice.choice([3, 20, (1 << 64) - 1]), price=10**20) for i in range(4)]
        rows = [
            (
                dice.randrange(-1, 4),
                dice.randrange(5),
                dice.randrange(30),
                EPOCH - (dice.random() < 0.1),
                dice.randrange(0, 15),
                bytes([dice.randrange(256)]) * 32,
                dice.choice([0, 0, 0, 0, 6, 7]),
            )
            for _ in range(1_500)
        ]
        full = naive(campaigns, 5, 30, rows)[0]
        stages = {place: [units // 3, units // 4] for place, units in full.items() if place != 2}
        paths = write_places(tmp_path / "j", campaigns, 5, 30, rows, files=3)
        for engine in engines:
            folder = tmp_path / engine.name
            folder.mkdir()
            work = Pipeline(engine, paths, campaigns, EPOCH, 5, 30, (bits(5), bits(30)), [], folder)
            for given in (None, stages):
                found = work.compute(given)
                lines = {line.campaign: line.units for line in found.lines}
                ours = (lines, found.viewers, found.publishers, found.platform, list(work.leaves()))
                assert ours == naive(campaigns, 5, 30, rows, given)
            counts, _ = work.count()
            assert counts["rejected"] == len(list(work.rejects()))
            engine.forget()
