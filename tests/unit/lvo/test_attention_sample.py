"""Receipts of real campaigns: what becomes of the odd ones, that a seed gives the same everywhere, and the sample."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from lvo.attention.audit import audit
from lvo.attention.engine import connect
from lvo.attention.folder import build, read_manifest, verify
from lvo.attention.generate import Crowd, read_offers, terms, write_signed
from lvo.attention.journal import AttentionError, read_journal
from lvo.attention.messages import Domain
from lvo.attention.order import Order, read_order
from lvo.attention.query import by_campaign, by_epoch, read_lines, to_csv
from lvo.report.attention import render
from lvo.units import DAY, LVO

SAMPLE = Path(__file__).resolve().parents[3] / "examples" / "attention"
HEADER = "ad_id,spend_usd,impressions,start,end\n"


@pytest.fixture(scope="module")
def engine():
    with connect("duckdb", threads=2) as found:
        yield found


@pytest.fixture(scope="module")
def built(tmp_path_factory, engine):
    """The sample, built."""
    order = read_order(SAMPLE / "epoch.yaml")
    out = tmp_path_factory.mktemp("sample") / "epoch"
    build(Order(order.rules, order.journal, out), engine, processes=1)
    return out


def table(folder, *rows):
    path = folder / "campaigns.csv"
    path.write_text(HEADER + "".join(row + "\n" for row in rows))
    return path


def test_odd_campaigns_are_given_an_end_or_left_out_with_the_reason(tmp_path):
    a, b, c, d, e = (digit * 64 for digit in "abcde")
    offers, refused = read_offers(
        table(
            tmp_path,
            f"{b},10,100,2020/09/01 00:00:00Z,",
            f"{a},10,100,2020/09/01 00:00:00Z,2020/11/05 07:59:59Z",
            f"{c},0,100,2020/09/01 00:00:00Z,2020/10/01 00:00:00Z",
            f"{d},10,100,2020/09/01 00:00:00Z,2020/09/01 00:00:00Z",
            f"{e},10,0,2020/09/01 00:00:00Z,2020/10/01 00:00:00Z",
        )
    )
    assert [(offer.name, offer.end) for offer in offers] == [(a, 1_604_563_199), (b, 1_604_563_199)]
    assert refused == {
        c: "nothing was spent, so a unit has no price",
        d: "it ends before it begins",
        e: "it was never shown, so a unit has no price",
    }


def test_the_real_table_that_is_shipped():
    with (SAMPLE / "campaigns.csv").open() as file:
        rows = list(csv.DictReader(file))
    offers, refused = read_offers(SAMPLE / "campaigns.csv")
    assert len(rows) == 1_944 == len(offers) + len(refused)
    assert sum(not row["end"] for row in rows) == 891
    assert Counter(refused.values()) == {"nothing was spent, so a unit has no price": 33}
    running = [terms(offer, DAY) for offer in offers]
    assert sum(each.start <= 18_528 < each.stop for each in running) == 1_911


def test_terms_pay_for_all_impressions_and_split_to_the_wei():
    offers, _ = read_offers(SAMPLE / "campaigns.csv")
    for offer in offers:
        made = terms(offer, DAY, shift=3_600, viewer_bps=3_333, publisher_bps=3_333)
        assert 0 <= offer.spend * LVO - made.price * offer.impressions < offer.impressions
        assert made.most_units >= offer.impressions
        assert made.viewer_part == made.publisher_part == made.price * 3_333 // 10_000
        assert made.viewer_part + made.publisher_part + made.platform_part == made.price
        assert made.start * DAY <= offer.start + 3_600 < (made.start + 1) * DAY
        assert (made.stop - 1) * DAY < offer.end + 3_600 <= made.stop * DAY


def test_a_seed_gives_the_same_receipts_everywhere():
    crowd = Crowd([5, 0, 3, 1], 1_000, 7, seed=1)
    columns = crowd.chunk(0, 6)
    assert [column.tolist() for column in columns] == FIRST
    assert [column.tolist() for column in crowd.chunk(0, 3)] == [column[:3] for column in FIRST]
    many = Crowd([5, 0, 3, 1], 1_000, 7, seed=1).chunk(1, 100_000)
    shares = Counter(many[0].tolist())
    assert shares[1] == 0
    assert abs(shares[0] * 9 - 5 * 100_000) < 9_000
    viewers = Counter(many[2].tolist())
    assert set(viewers) <= set(range(1_000))
    assert 100_000 // 100 < max(viewers.values()) < 100_000 // 20
    assert set(many[3].tolist()) == set(range(1, 13))
    assert [c.tolist() for c in Crowd([5, 0, 3, 1], 1_000, 7, seed=2).chunk(0, 6)] != FIRST


FIRST = [
    [0, 0, 0, 2, 0, 0],
    [0, 0, 2, 0, 0, 0],
    [569, 41, 188, 619, 95, 186],
    [8, 12, 8, 2, 3, 1],
]
"""Campaign, publisher, viewer and units of the first six receipts."""


def test_signed_receipts_of_every_campaign_check(tmp_path, engine):
    offers, _ = read_offers(SAMPLE / "campaigns.csv")
    chosen = sorted(offers, key=lambda offer: offer.name)[:40]
    domain = Domain(5, "0x" + "ad" * 20)
    campaigns = [terms(offer, DAY) for offer in chosen]
    write_signed(tmp_path / "j", campaigns, [o.impressions for o in chosen], domain, 18_528, 100, 20, 3, seed=9)
    order = read_order(SAMPLE / "epoch.yaml")
    rules = type(order.rules)(domain.ledger, 5, 18_528, order.rules.platform)
    made = build(Order(rules, tmp_path / "j", tmp_path / "out"), engine, processes=1)
    assert made.document["receipts"]["accepted"] == made.document["receipts"]["read"] == 100
    assert made.document["lines"] == 40
    assert any(key.first_epoch == 18_528 for key in read_journal(tmp_path / "j").keys)


def test_the_sample_is_what_it_was(built, engine):
    made = read_manifest(built)
    assert made.root == SAMPLE_ROOT
    assert made.total == SAMPLE_TOTAL
    assert made.document["receipts"]["read"] == 500
    assert made.document["receipts"]["rejected"] == 0
    assert verify(built, engine, processes=1) == (made, [])
    assert [flaws for _, flaws in audit(built, 20, b"seed")[1] if flaws] == []


SAMPLE_ROOT = "0xb74fd4f578060d124661ceb0bead29434537e5202f73a6d2c31767ecb51f1988"
SAMPLE_TOTAL = 5482706615622010115


# ---------------------------------------------------------------------------------------------------------------- query


def test_tables_by_epoch_and_by_campaign_sum_to_the_epoch(built):
    made = read_manifest(built)
    entries = read_lines([built])
    (epoch,) = by_epoch(entries)
    assert (epoch.epoch, epoch.lines, epoch.spend) == (18_528, made.document["lines"], made.total)
    assert epoch.to_viewers + epoch.to_publishers + epoch.to_platform == epoch.spend
    campaigns = by_campaign(entries)
    assert sum(row.spend for row in campaigns) == made.total
    assert [row.spend for row in campaigns] == sorted((row.spend for row in campaigns), reverse=True)
    assert to_csv(entries).startswith(b"epoch,campaign,lines,units,")
    assert to_csv([epoch]).startswith(b"epoch,lines,units,")
    assert to_csv(campaigns).startswith(b"campaign,lines,units,")
    assert to_csv(campaigns).count(b"\n") == len(campaigns) + 1


def test_query_reverts_when_folders_do_not_belong_together_or_are_damaged(built, tmp_path):
    with pytest.raises(AttentionError, match="another folder"):
        read_lines([built, built])
    changed = tmp_path / "changed"
    changed.mkdir()
    for name in ("manifest.json", "manifest.sha256", "lines.csv"):
        (changed / name).write_bytes((built / name).read_bytes())
    (changed / "lines.csv").write_bytes((built / "lines.csv").read_bytes() + b"\n")
    with pytest.raises(AttentionError, match="was changed"):
        read_lines([changed])
    (changed / "lines.csv").unlink()
    with pytest.raises(AttentionError, match="cannot be read"):
        read_lines([changed])


def test_the_report_shows_every_epoch_and_asks_for_nothing(built):
    made = read_manifest(built)
    text = render(made.ledger, made.chain_id, read_lines([built]))
    assert text == render(made.ledger, made.chain_id, read_lines([built]))
    assert made.ledger in text
    assert '<th scope="row">18528</th>' in text
    assert text.count("<rect") >= 3 * 25
    assert f'value="{made.total}"' in text
    for word in ("http:", "https:", 'src="//'):
        assert word not in text.replace("http://www.w3.org/2000/svg", "")
    assert render(made.ledger, made.chain_id, [])
