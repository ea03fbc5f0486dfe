"""Attention from signed receipts to a reward list: what counts, what is refused, what a verifier and an auditor see."""

import csv
import hashlib
import io
import json
import shutil
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from eth_account import Account

from lvo.attention import messages
from lvo.attention.audit import audit, check_opening, draw, opening_json, read_opening
from lvo.attention.engine import connect
from lvo.attention.epoch import read_rules
from lvo.attention.folder import (
    build,
    compare_booked,
    read_manifest,
    read_signed,
    signed_json,
    verify,
)
from lvo.attention.generate import sign_digest
from lvo.attention.journal import (
    Accounts,
    AttentionError,
    campaigns_csv,
    read_campaigns,
    read_journal,
    read_receipts,
    write_accounts,
)
from lvo.attention.order import Order, read_order
from lvo.attention.payouts import ORDER, Part, Settlement, all_lines, parts_csv, read_parts, settle, verify_settlement
from lvo.attention.signatures import PUBLISHER_FLAW, VIEWER_FLAW, Checker
from lvo.merkle import keccak256
from lvo.plan import PlanError
from lvo.rewards import build as build_rewards
from lvo.rewards import read_entitlements
from lvo.rewards import read_manifest as read_rewards
from lvo.rewards import read_order as read_rewards_order
from lvo.rewards import verify as verify_rewards
from lvo.typed_data import recover, signable
from tests.attention import (
    CHAIN_ID,
    DOMAIN,
    EPOCH,
    LEDGER,
    PLATFORM,
    PUBLISHERS,
    RULES,
    SESSIONS,
    VIEWERS,
    campaign,
    campaign_id,
    order,
    receipt,
    session_key,
    signed,
)

REWARDS = "0x" + "1e" * 20


@pytest.fixture(scope="module")
def engine():
    with connect("duckdb", threads=2) as found:
        yield found


@pytest.fixture(scope="module")
def published(tmp_path_factory, engine):
    """An epoch of three campaigns, five viewers and two publishers, one receipt of them rejected; never changed."""
    folder = tmp_path_factory.mktemp("attention")
    campaigns = [campaign(0, viewer_cap=12), campaign(1, price=7, viewer_part=3, publisher_part=3), campaign(2)]
    receipts = [signed(receipt(c, p, v, units=3 + c + v)) for c in range(2) for p in range(2) for v in range(5)]
    receipts.append(signed(receipt(0, 0, 0, units=99), viewer=VIEWERS[1][0]))
    key = session_key(4, SESSIONS[4][1])
    receipts.append(signed(receipt(0, 1, 4, units=10), viewer=SESSIONS[4][0]))
    made = order(folder, campaigns, receipts, [key])
    build(made, engine, processes=1)
    return made.out


@pytest.fixture
def folder(published, tmp_path):
    """A copy of it that a test may change."""
    shutil.copytree(published, tmp_path / "epoch")
    return tmp_path / "epoch"


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def lines(folder):
    return {row["campaign"]: int(row["units"]) for row in rows((folder / "lines.csv").read_bytes())}


def paid(folder):
    return {row["account"]: int(row["amount"]) for row in rows((folder / "payouts.csv").read_bytes())}


def reasons(folder):
    return [row["reason"] for row in rows((folder / "rejects.csv").read_bytes())]


def viewer(number):
    return "0x" + VIEWERS[number][1].hex()


def publish(folder, name, content):
    """Write a file and let the manifest name it, as a liar would."""
    (folder / name).write_bytes(content)
    document = json.loads((folder / "manifest.json").read_bytes())
    document["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    _publish_manifest(folder, document)


def _publish_manifest(folder, document):
    content = json.dumps(document, indent=1).encode() + b"\n"
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


def rebuild(folder, engine, **changes):
    """Build a folder again from a journal that a test changed, as a liar with the same program would."""
    out = folder.with_name("again")
    build(Order(replace(RULES, **changes), folder / "input", out), engine, processes=1)
    return out


# ------------------------------------------------------------------------------------------------------------- messages


def test_digests_are_those_of_the_typed_data():
    plain = receipt(1, 2, 3, 44, context=keccak256(b"session"))
    digest, counter = DOMAIN.digests(plain)
    key = session_key(3, SESSIONS[3][1])
    for message, expected in (
        (messages.receipt_message(plain, DOMAIN), digest),
        (messages.countersignature_message(plain, DOMAIN), counter),
        (messages.key_message(key, DOMAIN), DOMAIN.key_digest(key)),
    ):
        form = signable(message)
        assert keccak256(b"\x19\x01" + form.header + form.body) == expected


def test_what_wallets_sign_is_recovered():
    alice, station = Account.create(), Account.create()
    plain = messages.Receipt(
        bytes(32), bytes.fromhex(station.address[2:]), bytes.fromhex(alice.address[2:]), 1, 2, bytes(32)
    )
    made = messages.sign_receipt(plain, DOMAIN, alice, station)
    assert recover(messages.receipt_message(plain, DOMAIN), made.signature) == alice.address.lower()
    assert Checker(DOMAIN, 1, ()).flaw(plain, made.signature, made.countersignature) == 0
    key = messages.register_key(alice, b"\x05" * 20, 0, 9, DOMAIN)
    assert Checker(DOMAIN, 1, ()).key_flaw(key) == ""


def test_a_signature_has_one_form():
    order_of_the_curve = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    good = signed(receipt())
    recovered = messages.recoverer()
    digest, _ = DOMAIN.digests(good.receipt)
    r, s, v = good.signature[:32], int.from_bytes(good.signature[32:64], "big"), good.signature[64]
    assert recovered(digest, good.signature) == good.receipt.viewer
    for bad in (
        r + (order_of_the_curve - s).to_bytes(32, "big") + bytes([55 - v]),
        good.signature[:64] + bytes([v - 27]),
        good.signature[:64],
        good.signature + b"\0",
        bytes(65),
        b"\xff" * 32 + good.signature[32:],
        b"",
    ):
        assert recovered(digest, bad) is None


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("viewer's by another viewer", VIEWER_FLAW),
        ("publisher's by another publisher", PUBLISHER_FLAW),
        ("both swapped", VIEWER_FLAW),
        ("viewer's used as the publisher's", PUBLISHER_FLAW),
        ("of another campaign", VIEWER_FLAW),
        ("of another epoch", VIEWER_FLAW),
        ("of fewer units", VIEWER_FLAW),
        ("of another context", VIEWER_FLAW),
        ("of another chain", VIEWER_FLAW),
        ("of another ledger", VIEWER_FLAW),
    ],
)
def test_a_signature_for_something_else_counts_for_nothing(name, flaw):
    plain = receipt()
    good = signed(plain)
    made = {
        "viewer's by another viewer": lambda: signed(plain, viewer=VIEWERS[1][0]),
        "publisher's by another publisher": lambda: signed(plain, publisher=PUBLISHERS[1][0]),
        "both swapped": lambda: replace(good, signature=good.countersignature, countersignature=good.signature),
        "viewer's used as the publisher's": lambda: replace(good, countersignature=good.signature),
        "of another campaign": lambda: signed(receipt(campaign=1)),
        "of another epoch": lambda: signed(receipt(epoch=EPOCH - 1)),
        "of fewer units": lambda: signed(receipt(units=2)),
        "of another context": lambda: signed(receipt(context=b"\x01" * 32)),
        "of another chain": lambda: signed(plain, domain=messages.Domain(1, LEDGER)),
        "of another ledger": lambda: signed(plain, domain=messages.Domain(CHAIN_ID, "0x" + "ae" * 20)),
    }[name]()
    checker = Checker(DOMAIN, EPOCH, ())
    assert checker.flaw(plain, good.signature, good.countersignature) == 0
    assert checker.flaw(plain, made.signature, made.countersignature) == flaw


def test_a_session_key_signs_in_its_epochs_if_its_account_says_so():
    key = SESSIONS[0]
    plain = receipt()
    by_key = signed(plain, viewer=key[0])

    def flaw(registered):
        return Checker(DOMAIN, EPOCH, [registered]).flaw(plain, by_key.signature, by_key.countersignature)

    assert flaw(session_key(0, key[1])) == 0
    assert flaw(session_key(0, key[1], EPOCH - 5, EPOCH)) == 0
    assert flaw(session_key(0, key[1], EPOCH, EPOCH + 5)) == 0
    assert flaw(session_key(0, key[1], EPOCH - 5, EPOCH - 1)) == VIEWER_FLAW
    assert flaw(session_key(0, key[1], EPOCH + 1, EPOCH + 5)) == VIEWER_FLAW
    assert flaw(session_key(1, key[1])) == VIEWER_FLAW
    forged = session_key(0, key[1], signer=key[0])
    assert flaw(forged) == VIEWER_FLAW
    checker = Checker(DOMAIN, EPOCH, ())
    assert checker.key_flaw(forged) == "its account did not sign it"
    backwards = session_key(0, key[1], EPOCH + 1, EPOCH)
    assert flaw(backwards) == VIEWER_FLAW
    assert checker.key_flaw(backwards) == "its epochs are no range"
    both = Checker(DOMAIN, EPOCH, [forged, session_key(0, key[1])])
    assert both.flaw(plain, by_key.signature, by_key.countersignature) == 0
    elsewhere = session_key(0, key[1], domain=messages.Domain(1, LEDGER))
    assert flaw(elsewhere) == VIEWER_FLAW


def test_a_publisher_may_register_a_key_too():
    private, account = PUBLISHERS[0]
    plain = messages.SessionKey(account, SESSIONS[9][1], EPOCH, EPOCH, b"")
    key = replace(plain, signature=sign_digest(private, DOMAIN.key_digest(plain)))
    made = signed(receipt(), publisher=SESSIONS[9][0])
    assert Checker(DOMAIN, EPOCH, [key]).flaw(made.receipt, made.signature, made.countersignature) == 0


# -------------------------------------------------------------------------------------------------------------- journal


def test_the_list_of_campaigns_reads_as_it_was_written():
    made = [campaign(3), campaign(1, viewer_cap=(1 << 64) - 1), campaign(2, remaining=(1 << 96) - 1)]
    assert read_campaigns(campaigns_csv(made)) == sorted(made, key=lambda each: each.campaign)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("campaign,price\n", "the header must be"),
        ("", "the header must be"),
        (campaigns_csv([campaign(0)]).decode().split("\n")[0] + "\n", "there is no campaign"),
        (campaigns_csv([campaign(0, price=0, viewer_part=0, publisher_part=0)]).decode(), "must be positive"),
        (campaigns_csv([campaign(0, viewer_part=800)]).decode(), "not above it"),
        (campaigns_csv([campaign(0, price=1 << 72)]).decode(), "must be a whole number below"),
        (campaigns_csv([campaign(0, remaining=-1)]).decode(), "must be a whole number below"),
        (campaigns_csv([campaign(0), campaign(0)]).decode(), "ids must rise"),
        (campaigns_csv([campaign(0)]).decode().replace("0x", "0X"), "lower-case hexadecimal"),
    ],
)
def test_reading_campaigns_reverts_when_a_row_could_not_be_on_the_ledger(text, said):
    with pytest.raises(AttentionError, match=said):
        read_campaigns(text.encode())


def test_an_account_that_is_listed_twice_would_have_two_caps(tmp_path):
    one, two = b"\x01" * 20, b"\x02" * 20
    assert list(Accounts(one + two)) == [one, two]
    assert Accounts(one + two).find(two) == 1
    assert Accounts(one + two).find(b"\x03" * 20) is None
    for packed in (one + one, two + one, one + b"\0"):
        with pytest.raises(AttentionError, match="rise strictly"):
            Accounts(packed)
    assert list(write_accounts(tmp_path / "a.parquet", [two, one, two])) == [one, two]


def test_a_journal_without_something_is_refused(folder):
    journal = folder / "input"
    part = next((journal / "receipts").iterdir())
    content = part.read_bytes()
    for path, bad, said in (
        (journal / "campaigns.csv", None, "cannot be read"),
        (journal / "viewers.parquet", None, "no such file"),
        (journal / "keys.parquet", b"PAR1", "not Parquet"),
        (journal / "publishers.parquet", (journal / "keys.parquet").read_bytes(), "columns must be"),
    ):
        kept = path.read_bytes()
        path.unlink()
        if bad is not None:
            path.write_bytes(bad)
        with pytest.raises(AttentionError, match=said):
            read_journal(journal)
        path.write_bytes(kept)
    part.write_bytes((journal / "keys.parquet").read_bytes())
    with pytest.raises(AttentionError, match="columns must be"):
        list(read_receipts(part))
    part.write_bytes(content[:-9])
    with pytest.raises(AttentionError, match="not Parquet"):
        list(read_receipts(part))
    part.unlink()
    with pytest.raises(AttentionError, match="no receipts"):
        read_journal(journal)


def test_an_order_names_every_mistake_at_once(tmp_path):
    path = tmp_path / "order.yaml"
    path.write_text("ledger: 0x12\nchain: x\nepoch: 16777216\njournal: j\nout: o\nmore: 1\n")
    with pytest.raises(PlanError) as caught:
        read_order(path)
    said = "\n".join(map(str, caught.value.mistakes))
    for words in ("not an address", "not a whole number", "the last epoch", "platform is missing", "more: this key"):
        assert words in said
    path.write_text(
        f'ledger: "{LEDGER}"\nchain: {CHAIN_ID}\nepoch: {EPOCH}\nplatform: "{PLATFORM}"\njournal: j\nout: o\n'
    )
    assert read_order(path) == Order(RULES, tmp_path / "j", tmp_path / "o")


# ---------------------------------------------------------------------------------------------------------------- build


def test_lines_payouts_and_rejects_of_an_epoch(published):
    made = read_manifest(published)
    first, second = campaign_id(0), campaign_id(1)
    # Each viewer v shows 3 + v units of the first campaign with both publishers, at most 12 count; viewer 4 showed
    # 10 with one of them, by a session key. The second campaign has no such cap.
    of_first = [min(2 * (3 + v) if v < 4 else 7 + 10, 12) for v in range(5)]
    of_second = [2 * (4 + v) for v in range(5)]
    assert lines(published) == {first: sum(of_first), second: sum(of_second)}
    expected = {viewer(v): 500 * of_first[v] + 3 * of_second[v] for v in range(5)}
    found = paid(published)
    assert {account: found[account] for account in expected} == expected
    assert found[PLATFORM] == 200 * sum(of_first) + 1 * sum(of_second)
    assert made.total == sum(found.values()) == 1_000 * sum(of_first) + 7 * sum(of_second)
    assert reasons(published) == ["the viewer's signature is not by the viewer, nor by a key registered for this epoch"]
    # The session's later receipt replaces the earlier one.
    assert made.document["receipts"] == {"read": 22, "accepted": 21, "rejected": 1, "merged": 1, "counted": 20}
    assert made.epoch == EPOCH
    assert read_rules(made.document) == RULES


def test_every_reason_to_reject_is_given(tmp_path, engine):
    campaigns = [campaign(0), campaign(1, start=EPOCH + 1, stop=EPOCH + 2), campaign(2, start=EPOCH - 2, stop=EPOCH)]
    both = messages.Receipt(receipt().campaign, VIEWERS[1][1], VIEWERS[1][1], EPOCH, 5, bytes(32))
    made = order(
        tmp_path,
        campaigns,
        [
            signed(receipt(units=2)),
            signed(receipt(epoch=EPOCH - 1, units=50)),
            signed(receipt(epoch=EPOCH + 1, units=50)),
            signed(receipt(units=0)),
            signed(receipt(units=(1 << 32))),
            signed(receipt(campaign=1)),
            signed(receipt(campaign=2)),
            signed(both, publisher=VIEWERS[1][0]),
            signed(receipt(units=50), viewer=VIEWERS[1][0]),
            signed(receipt(units=50), publisher=PUBLISHERS[1][0]),
            replace(signed(receipt(viewer=1)), signature=bytes(65)),
        ],
    )
    found = build(made, engine, processes=1)
    assert lines(made.out) == {campaign_id(0): 2}
    assert found.document["rejected"] == {
        "of another epoch": 2,
        "no units, or more than 4294967295": 2,
        "the campaign did not run in this epoch": 2,
        "viewer and publisher are the same account": 1,
        "the viewer's signature is not by the viewer, nor by a key registered for this epoch": 2,
        "the publisher's signature is not by the publisher, nor by a key registered for this epoch": 1,
    }
    assert len(reasons(made.out)) == 10
    assert verify(made.out, engine, processes=1) == (found, [])


def test_receipts_are_of_one_epoch_and_one_campaign_only(tmp_path, engine):
    """Yesterday's receipts, and another campaign's, posted again as they are or with the place changed."""
    yesterday = [signed(receipt(epoch=EPOCH - 1, units=9))]
    first = order(
        tmp_path, [campaign(0, start=EPOCH - 1)], yesterday, name="first", rules=replace(RULES, epoch=EPOCH - 1)
    )
    assert int(build(first, engine, processes=1).document["total"]) == 9_000
    again = order(tmp_path, [campaign(0, start=EPOCH - 1)], yesterday, name="again")
    assert build(again, engine, processes=1).total == 0
    changed = [replace(each, receipt=replace(each.receipt, epoch=EPOCH)) for each in yesterday]
    changed += [replace(signed(receipt(campaign=1)), receipt=receipt(campaign=0))]
    relabelled = order(tmp_path, [campaign(0), campaign(1)], changed, name="relabelled")
    made = build(relabelled, engine, processes=1)
    assert made.total == 0
    assert made.root == "0x" + "00" * 32
    assert made.document["rejected"] == {
        "the viewer's signature is not by the viewer, nor by a key registered for this epoch": 2
    }
    assert verify(relabelled.out, engine, processes=1) == (made, [])
    assert audit(relabelled.out, 5, b"seed") == (made, [])


def test_the_cap_of_a_viewer_holds_over_all_publishers(tmp_path, engine):
    receipts = [signed(receipt(publisher=p, units=10)) for p in range(3)]
    made = order(tmp_path, [campaign(0, viewer_cap=15)], receipts)
    build(made, engine, processes=1)
    assert lines(made.out) == {campaign_id(0): 15}
    stations = [paid(made.out).get("0x" + PUBLISHERS[p][1].hex(), 0) for p in range(3)]
    assert sorted(stations) == [0, 5 * 300, 10 * 300]


def test_a_line_stays_within_what_is_escrowed_and_within_its_cap(tmp_path, engine):
    receipts = [signed(receipt(c, 0, v, units=10 + v)) for c in range(2) for v in range(4)]
    poor = campaign(0, remaining=20_999)
    capped = campaign(1, price=10**17, viewer_part=10**16, publisher_part=10**16, epoch_cap=3)
    made = order(tmp_path, [poor, capped], receipts)
    found = build(made, engine, processes=1)
    assert lines(made.out) == {campaign_id(0): 20, campaign_id(1): 30}
    assert found.document["atTheirLimit"] == [campaign_id(0), campaign_id(1)]
    assert found.document["unitsShown"] == 92
    assert verify(made.out, engine, processes=1)[1] == []


def test_two_builds_and_two_numbers_of_processes_make_the_same_bytes(published, tmp_path, engine):
    for count in (1, 2):
        out = tmp_path / f"again-{count}"
        build(Order(RULES, published / "input", out), engine, processes=count)
        for path in sorted(published.rglob("*")):
            if path.is_file():
                assert (out / path.relative_to(published)).read_bytes() == path.read_bytes(), path


def test_an_epoch_without_receipts_is_empty(tmp_path, engine):
    made = order(tmp_path, [campaign(0)], [signed(receipt())])
    (path,) = read_journal(made.journal).receipts
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    found = build(made, engine, processes=1)
    assert (found.total, found.root) == (0, "0x" + "00" * 32)
    assert verify(made.out, engine, processes=1) == (found, [])
    assert audit(made.out, 3, b"seed") == (found, [])


def test_an_epoch_is_never_overwritten(published, engine):
    with pytest.raises(AttentionError, match="never overwritten"):
        build(Order(RULES, published / "input", published), engine)


def test_an_interrupted_build_leaves_no_folder(published, tmp_path, engine):
    def interrupt(what):
        if what == "payouts.csv":
            raise KeyboardInterrupt

    wanted = Order(RULES, published / "input", tmp_path / "epoch")
    with pytest.raises(KeyboardInterrupt):
        build(wanted, engine, processes=1, progress=interrupt)
    assert not wanted.out.exists()
    build(wanted, engine, processes=1)
    assert read_manifest(wanted.out).content == read_manifest(published).content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch"]


# --------------------------------------------------------------------------------------------------------------- verify


def test_a_published_epoch_verifies(published, engine):
    made, differences = verify(published, engine, processes=1)
    assert differences == []
    assert made.content == (published / "manifest.json").read_bytes()


def test_a_flipped_byte_in_any_file_is_found(folder, engine):
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        good = path.read_bytes()
        for at in {0, len(good) // 2, len(good) - 1}:
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            try:
                found = verify(folder, engine, processes=1)[1]
            except AttentionError as error:
                found = [str(error)]
            assert found, f"{path.name}, byte {at}"
        path.write_bytes(good)
    assert verify(folder, engine, processes=1)[1] == []


def test_missing_and_added_files_are_found(folder, engine):
    (folder / "more.txt").write_text("x")
    assert verify(folder, engine, processes=1)[1] == ["more.txt does not belong here"]
    (folder / "more.txt").unlink()
    (folder / "payouts.csv").unlink()
    assert verify(folder, engine, processes=1)[1][0] == "payouts.csv is missing"
    next((folder / "input" / "receipts").iterdir()).unlink()
    assert "is missing" in verify(folder, engine, processes=1)[1][0]


def test_inflated_units_are_found(folder, engine):
    content = (folder / "lines.csv").read_bytes()
    units = lines(folder)[campaign_id(0)]
    publish(folder, "lines.csv", content.replace(f",{units},1000,".encode(), f",{units + 1},1000,".encode()))
    found = verify(folder, engine, processes=1)[1]
    assert found[0].startswith("lines.csv is not what the receipts give: line 2 says")
    assert found[1].startswith("manifest.json is not")


def test_a_wrong_sum_is_found(folder, engine):
    row = rows((folder / "payouts.csv").read_bytes())[0]
    text = (folder / "payouts.csv").read_text()
    publish(folder, "payouts.csv", text.replace(row["amount"], str(int(row["amount"]) + 1), 1).encode())
    assert verify(folder, engine, processes=1)[1][0].startswith("payouts.csv is not what the receipts give: line 2")
    document = json.loads((folder / "manifest.json").read_bytes())
    document["total"] = str(int(document["total"]) + 1)
    _publish_manifest(folder, document)
    assert any(said.startswith("manifest.json is not") for said in verify(folder, engine, processes=1)[1])


def test_a_viewer_who_is_left_out_of_the_payouts_is_found(folder, engine):
    text = (folder / "payouts.csv").read_text()
    kept = [line for line in text.split("\n") if not line.startswith(viewer(2))]
    publish(folder, "payouts.csv", "\n".join(kept).encode())
    assert verify(folder, engine, processes=1)[1][0].startswith("payouts.csv is not what the receipts give")


def test_units_without_signatures_are_found(folder, engine):
    """A settler that raises units in the journal and computes everything from them again."""
    path = next((folder / "input" / "receipts").iterdir())
    table = pq.read_table(path)
    raised = [units + 1_000_000 for units in table.column("units").to_pylist()]
    at = table.schema.get_field_index("units")
    pq.write_table(table.set_column(at, table.schema.field(at), [raised]), path)
    liar = rebuild(folder, engine)
    assert read_manifest(liar).total == 0
    # What it would publish instead, with the lines of the receipts that it claims, does not verify.
    publish(liar, "lines.csv", (folder / "lines.csv").read_bytes())
    assert verify(liar, engine, processes=1)[1]


def test_a_viewer_who_is_left_out_of_the_journal_is_found_by_its_own_receipt(tmp_path, engine):
    receipts = [signed(receipt(viewer=v, units=9)) for v in range(3)]
    made = order(tmp_path, [campaign(0)], receipts[:2])
    build(made, engine, processes=1)
    assert verify(made.out, engine, processes=1, witnesses=receipts[:2])[1] == []
    found = verify(made.out, engine, processes=1, witnesses=receipts)[1]
    assert len(found) == 1
    assert f"viewer {viewer(2)} signed 9 units" in found[0]
    assert found[0].endswith("and the journal has 0")
    later = signed(receipt(viewer=1, units=11))
    assert verify(made.out, engine, processes=1, witnesses=[later])[1][0].endswith("and the journal has 9")
    nothing = [
        signed(receipt(viewer=2, epoch=EPOCH - 1)),
        signed(receipt(viewer=2), viewer=VIEWERS[1][0]),
        signed(receipt(viewer=1, units=9)),
        signed(receipt(viewer=1, units=3)),
    ]
    assert verify(made.out, engine, processes=1, witnesses=nothing)[1] == []
    unknown = signed(receipt(campaign=5))
    assert "is not in the list" in verify(made.out, engine, processes=1, witnesses=[unknown])[1][0]


def test_receipts_that_somebody_kept_read_as_they_were_written():
    kept = [signed(receipt(viewer=v, units=1 + v)) for v in range(3)]
    assert read_signed(signed_json(kept)) == kept
    for bad in (b"", b"{}", b"[{}]", signed_json(kept).replace(b'"units": 1,', b'"units": 0,')):
        with pytest.raises(AttentionError, match="not a list of signed receipts"):
            read_signed(bad)


def test_what_the_ledger_was_told_is_compared(published):
    made = read_manifest(published)
    booked = lines(published)
    told = [(made.root, made.data_hash)]
    assert compare_booked(published, booked, told) == []
    first = campaign_id(0)
    assert compare_booked(published, booked | {first: 1}, told) == [
        f"campaign {first}: 1 units are booked, and the receipts give {booked[first]}"
    ]
    assert len(compare_booked(published, {}, told)) == len(booked)
    assert "0 units" not in compare_booked(published, booked | {campaign_id(2): 5}, told)[0].split("give")[0]
    other = "0x" + "11" * 32
    assert len(compare_booked(published, booked, [(other, made.data_hash), (made.root, other)])) == 2


def test_a_manifest_is_checked_before_it_is_believed(folder, engine):
    kept = (folder / "manifest.json").read_bytes()
    for content, said in ((b"x", "not the manifest"), (kept.replace(b"attention/1", b"rewards/1"), "not the manifest")):
        (folder / "manifest.json").write_bytes(content)
        with pytest.raises(AttentionError, match=said):
            verify(folder, engine)
    document = json.loads(kept)
    for key, value in (("ledger", "0x12"), ("epoch", 1 << 24), ("platform", "0x" + "00" * 20), ("chain_id", "1")):
        _publish_manifest(folder, document | {"rules": document["rules"] | {key: value}})
        with pytest.raises(AttentionError):
            verify(folder, engine)


# ---------------------------------------------------------------------------------------------------------------- audit


def test_random_receipts_are_opened_and_hold(published):
    made, found = audit(published, 8, keccak256(b"a later block"))
    assert len(found) == 8
    assert [flaws for _, flaws in found if flaws] == []
    assert len({opening.signed.receipt for opening, _ in found}) == 8
    everything = audit(published, 1_000, b"")[1]
    assert len(everything) == made.document["receipts"]["counted"]
    rules, root = read_rules(made.document), bytes.fromhex(made.root[2:])
    for opening, _ in everything:
        assert read_opening(opening_json(opening)) == opening
        assert check_opening(opening, rules, root) == []


def test_an_opening_of_something_else_is_found(published):
    made, found = audit(published, 2, b"seed")
    rules, root = read_rules(made.document), bytes.fromhex(made.root[2:])
    opening, other = (each for each, _ in found)
    own = opening.signed.receipt
    for changed in (
        replace(opening, units=opening.units + 1),
        replace(opening, receipts=opening.receipts + 1),
        replace(opening, proof=opening.proof[1:]),
        replace(opening, campaign_proof=()),
        replace(opening, signed=replace(opening.signed, receipt=replace(own, units=own.units + 1))),
        replace(opening, signed=replace(opening.signed, signature=other.signed.signature)),
        replace(opening, signed=replace(opening.signed, countersignature=opening.signed.signature)),
        replace(opening, proof=(b"short",)),
    ):
        assert check_opening(changed, rules, root)
    assert check_opening(opening, replace(rules, epoch=EPOCH + 1), root)
    assert check_opening(opening, replace(rules, chain_id=1), root)
    assert check_opening(opening, rules, bytes(32))
    with pytest.raises(AttentionError, match="not an opening"):
        read_opening(b"{}")


def test_draws_follow_the_seed_alone():
    assert draw(1_000, 5, b"a") == draw(1_000, 5, b"a") != draw(1_000, 5, b"b")
    assert sorted(draw(7, 100, b"a")) == list(range(7))
    assert len(set(draw(10**9, 50, b"a"))) == 50


def test_an_audit_finds_a_receipt_that_was_put_under_the_root_without_its_viewer(folder, engine, monkeypatch):
    """A settler whose program counts forged receipts: the tree and the lines are consistent, the signatures are not."""
    path = next((folder / "input" / "receipts").iterdir())
    table = pq.read_table(path)
    raised = [units + 1 for units in table.column("units").to_pylist()]
    at = table.schema.get_field_index("units")
    pq.write_table(table.set_column(at, table.schema.field(at), [raised]), path)
    monkeypatch.setattr(Checker, "flaw", lambda *_: 0)
    liar = rebuild(folder, engine)
    monkeypatch.undo()
    made, found = audit(liar, 4, b"seed")
    assert made.total > 0
    assert [flaws for _, flaws in found] == [["a signature is not by whom it should be"]] * 4
    assert verify(liar, engine, processes=1)[1]


def test_an_audit_needs_the_tree_of_the_root(folder):
    publish(folder, "tree.json", (folder / "tree.json").read_bytes().replace(b"treeIndex", b"treeindex"))
    with pytest.raises(AttentionError, match="tree"):
        audit(folder, 2, b"")
    (folder / "tree.json").unlink()
    with pytest.raises(AttentionError, match=r"tree\.json is missing"):
        audit(folder, 2, b"")


# ----------------------------------------------------------------------------------------------------------- settlement


def settlement(folder, epochs, number=1, **changes):
    fields = {
        "ledger": REWARDS,
        "token": "",
        "chain_id": CHAIN_ID,
        "number": number,
        "epochs": epochs,
        "previous": None if number == 1 else folder / f"settlement-{number - 1}",
        "out": folder / f"settlement-{number}",
    }
    return Settlement(**(fields | changes))


def entitled(folder):
    made = read_rewards(folder / "rewards")
    return {"0x" + account.hex(): wei for account, wei in read_entitlements(folder / "rewards", made).rows()}


def test_final_lines_become_a_reward_list_to_the_wei(published, tmp_path, engine):
    wanted = settlement(tmp_path, [(published, all_lines(published))])
    made = build_rewards(read_rewards_order(settle(wanted, engine, processes=1)))
    assert entitled(wanted.out) == paid(published)
    assert made.total == read_manifest(published).total
    assert verify_rewards(wanted.out / "rewards")[1] == []
    assert verify_settlement(wanted, engine, processes=1) == []


def test_a_contested_line_is_paid_in_parts_and_nobody_loses(published, tmp_path, engine):
    first, second = campaign_id(0), campaign_id(1)
    units = lines(published)
    parts = [
        [Part(second, units[second]), Part(first, 5)],
        [Part(first, 17)],
        [Part(first, units[first] - 22)],
    ]
    before = {}
    for number, part in enumerate(parts, 1):
        wanted = settlement(tmp_path, [(published, part)], number)
        build_rewards(read_rewards_order(settle(wanted, engine, processes=1)))
        now = entitled(wanted.out)
        assert all(now.get(account, 0) >= wei for account, wei in before.items())
        expected = 7 * units[second] + 1_000 * min(units[first], (5, 22, units[first])[number - 1])
        assert sum(now.values()) == expected
        assert verify_settlement(wanted, engine, processes=1) == []
        before = now
    assert before == paid(published)


def test_a_struck_line_pays_nobody(published, tmp_path, engine):
    second = campaign_id(1)
    wanted = settlement(tmp_path, [(published, [Part(second, lines(published)[second])])])
    build_rewards(read_rewards_order(settle(wanted, engine, processes=1)))
    assert sum(entitled(wanted.out).values()) == 7 * lines(published)[second]


def test_no_line_is_settled_twice_and_none_above_what_it_has(published, tmp_path, engine):
    everything = all_lines(published)
    wanted = settlement(tmp_path, [(published, everything)])
    build_rewards(read_rewards_order(settle(wanted, engine, processes=1)))
    again = settlement(tmp_path, [(published, everything[:1])], 2)
    with pytest.raises(AttentionError, match="and the journal gives"):
        settle(again, engine, processes=1)
    assert not again.out.exists()
    for epochs, said in (
        ([(published, [Part(campaign_id(0), 10**6)])], "and the journal gives"),
        ([(published, [Part(campaign_id(2), 1)])], "more became final"),
        ([(published, [Part(campaign_id(9), 1)])], "is not in"),
    ):
        with pytest.raises(AttentionError, match=said):
            settle(settlement(tmp_path, epochs, out=tmp_path / "other"), engine, processes=1)
    with pytest.raises(AttentionError, match="never overwritten"):
        settle(wanted, engine)
    with pytest.raises(AttentionError, match="not the settlement before"):
        settle(settlement(tmp_path, [], 3, previous=wanted.out), engine)
    with pytest.raises(AttentionError, match="needs the folder"):
        settle(settlement(tmp_path, [], 2, previous=None), engine)
    with pytest.raises(AttentionError, match="is of chain"):
        settle(settlement(tmp_path, [(published, everything)], chain_id=1, out=tmp_path / "x"), engine)


def test_a_changed_settlement_is_found(published, tmp_path, engine):
    wanted = settlement(tmp_path, [(published, all_lines(published))])
    settle(wanted, engine, processes=1)
    table = wanted.out / "added.csv"
    table.write_text(table.read_text().replace("1", "2", 1))
    assert verify_settlement(wanted, engine, processes=1) == ["added.csv is not what became final gives"]
    table.unlink()
    assert verify_settlement(wanted, engine, processes=1) == ["added.csv is missing"]
    assert (wanted.out / ORDER).exists()


def test_parts_read_as_they_were_written():
    parts = [Part(campaign_id(1), 5), Part(campaign_id(0), 7)]
    assert read_parts(parts_csv(parts)) == parts
    for bad in (b"campaign\n0x\n", b"campaign,units\n0x,0\n", b"campaign,units\n0x,x\n", b"\xff"):
        with pytest.raises(AttentionError):
            read_parts(bad)
