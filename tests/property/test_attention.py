"""Attention on random receipts: the engine agrees with a naive computation, to the wei, in any order of rows."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lvo.attention.engine import connect
from lvo.attention.journal import AttentionError, bits
from lvo.attention.messages import MOST_UNITS
from lvo.attention.pipeline import Pipeline, share, total
from tests.attention import EPOCH, campaign, naive, write_places

FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
PEOPLE, STATIONS = 6, 4

prices = st.sampled_from([1, 2, 3, 9_999, 10**18, (1 << 72) - 1]) | st.integers(1, (1 << 72) - 1)


@st.composite
def terms(draw, number):
    price = draw(prices)
    viewer = draw(st.integers(0, price))
    start = draw(st.sampled_from([EPOCH, EPOCH, EPOCH - 1, EPOCH + 1]))
    return campaign(
        number,
        price=price,
        viewer_part=viewer,
        publisher_part=draw(st.integers(0, price - viewer)),
        viewer_cap=draw(st.sampled_from([0, 1, 7, 50, (1 << 64) - 1]) | st.integers(0, 60)),
        remaining=draw(st.sampled_from([0, price - 1, price, 10 * price, (1 << 96) - 1])) % (1 << 96),
        start=start,
        stop=start + draw(st.integers(1, 2)),
    )


def row(dice, places):
    """A receipt, mostly sound; most share a session or at least a viewer with others."""

    def place(count):
        return dice.choice([-1, 1 << 20]) if dice.random() < 0.02 else dice.randrange(count)

    units = dice.choice([0, -1, MOST_UNITS, MOST_UNITS + 1]) if dice.random() < 0.03 else dice.randrange(1, 40)
    epoch = EPOCH + dice.choice([-1, 1]) if dice.random() < 0.05 else EPOCH
    flaw = dice.choice([6, 7]) if dice.random() < 0.05 else 0
    context = dice.choice([bytes(32), b"\x01" * 32, b"\xff" * 32])
    return place(places), place(STATIONS), place(PEOPLE), epoch, units, context, flaw


@st.composite
def journals(draw):
    count = draw(st.integers(1, 3))
    campaigns = [draw(terms(i)) for i in range(count)]
    # Hypothesis's own lists are short: few of their receipts would ever meet at a cap.
    dice = random.Random(draw(st.integers(0, 1 << 32)))
    return campaigns, [row(dice, count) for _ in range(draw(st.sampled_from([0, 1, 10, 40, 80])))]


@pytest.fixture(scope="module")
def engine():
    with connect("duckdb", threads=2) as found:
        yield found


def run(engine, campaigns, rows, stages=None, files=1, same=()):
    """Compute rows on an engine; return what the oracle returns, the counts and the rejects."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_places(folder, campaigns, STATIONS, PEOPLE, rows, files)
        widths = (bits(STATIONS), bits(PEOPLE))
        work = Pipeline(engine, paths, campaigns, EPOCH, STATIONS, PEOPLE, widths, same, folder)
        found = work.compute(stages)
        counts, reasons = work.count()
        leaves, rejects = list(work.leaves()), list(work.rejects())
        engine.forget()
    lines = {line.campaign: line.units for line in found.lines}
    return (lines, found.viewers, found.publishers, found.platform, leaves), counts, reasons, rejects


@FEW
@given(made=journals())
def test_the_engine_agrees_with_the_naive_computation(engine, made):
    campaigns, rows = made
    found, counts, reasons, rejects = run(engine, campaigns, rows)
    assert found == naive(campaigns, STATIONS, PEOPLE, rows)
    lines, viewers, publishers, platform, leaves = found
    spend = sum(units * campaigns[place].price for place, units in lines.items())
    assert spend == sum(wei for _, wei in (*viewers, *publishers)) + platform
    for place, units in lines.items():
        assert units * campaigns[place].price <= campaigns[place].remaining
    assert counts["read"] == len(rows) == counts["accepted"] + counts["rejected"]
    assert counts["rejected"] == sum(reasons.values()) == len(rejects)
    assert counts["accepted"] - counts["merged"] == len(leaves)


@FEW
@given(made=journals(), seed=st.integers(0, 1 << 32), files=st.integers(1, 4))
def test_neither_the_order_of_receipts_nor_their_files_nor_repeats_matter(engine, made, seed, files):
    campaigns, rows = made
    again = rows + rows[::2]
    random.Random(seed).shuffle(again)
    assert run(engine, campaigns, again, files=files)[0] == run(engine, campaigns, rows)[0]


@FEW
@given(made=journals(), data=st.data())
def test_what_becomes_final_in_parts_is_shared_exactly_and_never_falls(engine, made, data):
    campaigns, rows = made
    full = naive(campaigns, STATIONS, PEOPLE, rows)
    stages, before = {}, {}
    for place, units in full[0].items():
        cuts = sorted(data.draw(st.lists(st.integers(0, units), max_size=3)))
        stages[place] = [b - a for a, b in zip([0, *cuts], cuts, strict=False)]
        before[place] = stages[place][:-1]
    found = run(engine, campaigns, rows, stages)[0]
    assert found == naive(campaigns, STATIONS, PEOPLE, rows, stages)
    assert found[0] == {place: sum(parts) for place, parts in stages.items() if sum(parts)}
    earlier = run(engine, campaigns, rows, before)[0]
    for now, then, all_of_it in zip(found[1:3], earlier[1:3], full[1:3], strict=True):
        now, all_of_it = dict(now), dict(all_of_it)
        for place, wei in then:
            assert wei <= now[place]
        for place, wei in now.items():
            assert wei <= all_of_it[place]


def test_a_later_part_takes_nothing_away_where_proportion_alone_would(engine):
    """The Alabama paradox: of 10 units the smallest viewer gets 2, of 11 it would get 1."""
    rows = [(0, 0, viewer, EPOCH, units, bytes(32), 0) for viewer, units in enumerate((6, 6, 2))]
    plain = campaign(0, price=1, viewer_part=1, publisher_part=0)
    for stages, expected in (([10], [4, 4, 2]), ([11], [5, 5, 1]), ([10, 1], [5, 4, 2]), ([10, 1, 3], [6, 6, 2])):
        found = run(engine, [plain], rows, {0: stages})[0]
        assert [wei for _, wei in found[1]] == expected == share([6, 6, 2], stages)


def test_publishers_of_a_viewer_above_the_cap_count_in_a_circle(engine):
    rows = [(0, station, viewer, EPOCH, 10, bytes(32), 0) for station in range(STATIONS) for viewer in range(PEOPLE)]
    for viewer in range(PEOPLE):
        mine = [row for row in rows if row[2] == viewer]
        plain = campaign(0, price=1, viewer_part=0, publisher_part=1, viewer_cap=15)
        found = dict(run(engine, [plain], mine)[0][2])
        assert found == {viewer % STATIONS: 10, (viewer + 1) % STATIONS: 5}


def test_amounts_beyond_64_bits_are_exact(engine):
    price = (1 << 72) - 1
    rich = [campaign(i, price=price, viewer_part=price // 3, publisher_part=price // 5, viewer_cap=1 << 40,
                     remaining=(1 << 96) - 1, epoch_cap=(1 << 24) - 1) for i in range(3)]  # fmt: skip
    most = rich[0].most_units
    rows = [(i, 0, viewer, EPOCH, most // 7 + i, bytes(32), 0) for i in range(3) for viewer in range(PEOPLE)]
    found = run(engine, rich, rows)[0]
    assert found == naive(rich, STATIONS, PEOPLE, rows)
    assert max(wei for _, wei in found[1]) > 1 << 64
    assert max(wei for _, wei in found[2]) > 1 << 80
    assert sum(wei for _, wei in found[1]) % 3 == sum(rich[0].viewer_part * units for units in found[0].values()) % 3


def test_an_account_that_watches_its_own_station_earns_nothing(engine):
    rows = [(0, 1, 2, EPOCH, 5, bytes(32), 0), (0, 2, 2, EPOCH, 9, bytes(32), 0)]
    found, counts, reasons, _ = run(engine, [campaign(0)], rows, same=[(1, 2)])
    assert found == naive([campaign(0)], STATIONS, PEOPLE, rows, same={(1, 2)})
    assert found[0] == {0: 9}
    assert reasons == {5: 1}
    assert counts == {"read": 2, "accepted": 1, "rejected": 1, "merged": 0}


def test_a_sum_that_does_not_fit_is_refused(engine, tmp_path):
    (path,) = write_places(
        tmp_path, [campaign(0)], 1, 1, [(0, 0, i, EPOCH, (1 << 63) - 1, bytes(32), 0) for i in range(2)]
    )
    table = engine.read([path])
    with pytest.raises(AttentionError, match="does not fit"):
        list(engine.rows(table.agg(units=total(table.units))))
    wide = table.mutate(wei=table.units.cast("decimal(38,0)") * (1 << 62)).mutate(
        wei=lambda t: t.wei.cast("decimal(38,0)") * (1 << 62)
    )
    with pytest.raises(AttentionError, match="does not fit"):
        list(engine.rows(wide.select("wei")))


@given(units=st.lists(st.integers(0, 1 << 40), min_size=1, max_size=20), data=st.data())
def test_parts_are_handed_out_to_the_unit_and_to_nobody_above_what_it_has(units, data):
    whole = sum(units)
    cuts = sorted(data.draw(st.lists(st.integers(0, whole), max_size=4)))
    parts = [b - a for a, b in zip([0, *cuts], cuts, strict=False)]
    got = share(units, parts)
    assert sum(got) == sum(parts)
    assert all(0 <= part <= unit for part, unit in zip(got, units, strict=True))
    fewer = share(units, parts[:-1])
    assert all(a <= b for a, b in zip(fewer, got, strict=True))
