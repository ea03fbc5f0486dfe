"""Reward lists: what is read, refused, computed and written, and that no flipped byte goes unseen."""

import csv
import gzip
import hashlib
import io
import json
import shutil
from dataclasses import replace

import pytest

from lvo.merkle import StandardMerkleTree, keccak256
from lvo.plan import PlanError
from lvo.rewards import (
    Entitlements,
    RewardsError,
    build,
    find_claim,
    push_batches,
    read_entitlements,
    read_manifest,
    read_order,
    verify,
)
from lvo.rewards.outputs import parse_entitlements
from lvo.rewards.rows import read_account
from lvo.units import LVO, SUPPLY

LEDGER = "0x" + "1e" * 20
TOKEN = "0x" + "70" * 20


def account(number):
    """An address that looks like one."""
    return "0x" + keccak256(number.to_bytes(4, "big"))[:20].hex()


def write_order(folder, text, name="list.csv", epoch=1, **changes):
    """Write a table and an order for it; return the order's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    keys = {
        "ledger": f'"{LEDGER}"',
        "token": f'"{TOKEN}"',
        "chain": 1337,
        "epoch": epoch,
        "table": f"{{file: {name}, account: account, value: amount}}",
        "out": f"epoch-{epoch}",
    }
    if isinstance(epoch, int) and epoch > 1:
        keys["previous"] = f"epoch-{epoch - 1}"
    keys |= changes
    path = folder / f"epoch-{epoch}.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in keys.items() if value is not None))
    return path


def rows(*lines):
    return "\n".join(("account,amount", *lines)) + "\n"


def people(count, first=0, amount=lambda i: 10**18 + i):
    return rows(*(f"{account(i)},{amount(i)}" for i in range(first, first + count)))


def made(folder, text, **changes):
    """Build an order; return its folder."""
    order = read_order(write_order(folder, text, **changes))
    build(order)
    return order.out


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def reasons(path):
    return [(int(row["line"]), row["reason"]) for row in csv.DictReader(io.StringIO(path.read_text()))]


# ------------------------------------------------------------------------------------------------------- the order


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ledger": '"0x12"'}, "not an address"),
        ({"chain": 0}, "whole number from 1"),
        ({"epoch": "one"}, "whole number from 1"),
        ({"epoch": 2, "previous": None}, "epoch 1 has no previous folder"),
        ({"previous": "epoch-0"}, "epoch 1 has no previous folder"),
        ({"pot": 5}, "belong together"),
        ({"table": "{file: a.csv, account: a, value: b, unit: weight}"}, "belong together"),
        ({"table": "{file: a.csv, account: a, value: b, unit: weight, means: cumulative}", "pot": 5}, "cannot be"),
        ({"table": "{file: a.csv, account: a}"}, "key value is missing"),
        ({"table": "{file: a.csv, account: a, value: b, unit: usd}"}, "not known here"),
        ({"table": '{file: a.csv, account: a, value: b, separator: "."}'}, "does not separate"),
        ({"duplicates": "sum"}, "not known here"),
        ({"funded": "1e9"}, "scientific notation"),
        ({"surprise": 1}, "not known here"),
        ({"out": None}, "key out is missing"),
    ],
)
def test_read_order_refuses_when_a_key_is_wrong(tmp_path, changes, said):
    with pytest.raises(PlanError, match=said):
        read_order(write_order(tmp_path, people(1), **changes))


# --------------------------------------------------------------------------------------------------------- the rows

CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

BAD = [
    ("0x12,5", "not an address"),
    (f"{account(9)[2:]},5", "not an address"),
    ("0x" + "0" * 40 + ",5", "zero address"),
    ("0x" + "0" * 39 + "1,5", "reserved"),
    ("0x" + "0" * 36 + "ffff,5", "reserved"),
    (CHECKSUMMED.replace("aA", "Aa") + ",5", "checksum"),
    (f"{LEDGER},5", "the ledger itself"),
    (f"{TOKEN.upper().replace('0X', '0x')},5", "the token itself"),
    (f"{account(9)},0", "nothing to pay"),
    (f"{account(9)},-5", "not a whole number"),
    (f"{account(9)},5.5", "not a whole number"),
    (f"{account(9)},5e3", "not a whole number"),
    (f"{account(9)},", "not a whole number"),
    (f"{account(9)},٣", "not a whole number"),
    (f"{account(9)},{SUPPLY + 1}", "above the supply"),
    (f"{account(9)},{'9' * 41}", "more than 40 digits"),
    (f"{account(9)}", "1 cells under 2 headers"),
    (f"{account(9)},5,6", "3 cells under 2 headers"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_build_refuses_when_a_row_is_bad(tmp_path, line, reason):
    order = read_order(write_order(tmp_path, rows(f"{account(1)},7", line)))
    with pytest.raises(RewardsError, match="1 of 2 rows are bad") as caught:
        build(order)
    assert len(caught.value.rejects) == 1
    [(number, said)] = reasons(tmp_path / "epoch-1.rejects.csv")
    assert number == 3
    assert reason in said
    assert not order.out.exists()


def test_build_lists_every_bad_row_and_pays_the_others_when_told_to(tmp_path):
    out = made(tmp_path, rows(f"{account(1)},7", *(line for line, _ in BAD)), bad_rows="leave_out")
    listed = reasons(out / "rejects.csv")
    assert [line for line, _ in listed] == list(range(3, 3 + len(BAD)))
    assert all(reason in said for (_, said), (_, reason) in zip(listed, BAD, strict=True))
    assert read_manifest(out).total == 7
    assert verify(out)[1] == []


def test_build_accepts_a_row_at_each_bound(tmp_path):
    text = rows(CHECKSUMMED + ",1", f"0x{0x10000:040x},{SUPPLY - 1}")
    assert read_manifest(made(tmp_path, text)).total == SUPPLY


def test_read_account_knows_upper_lower_and_checksum():
    for text in (CHECKSUMMED, CHECKSUMMED.lower(), "0x" + CHECKSUMMED[2:].upper()):
        assert read_account(text).hex() == CHECKSUMMED[2:].lower()


def test_build_refuses_when_an_account_is_there_twice(tmp_path):
    text = rows(f"{account(1)},7", f"{account(2)},8", f"{account(1).upper().replace('0X', '0x')},9")
    with pytest.raises(RewardsError, match="2 of 3 rows are bad"):
        build(read_order(write_order(tmp_path, text)))
    said = [(2, "the same account in lines 2, 4"), (4, "the same account in lines 2, 4")]
    assert reasons(tmp_path / "epoch-1.rejects.csv") == said


def test_build_pays_no_row_of_an_account_that_is_there_twice_and_lists_all_by_line(tmp_path):
    text = rows(f"{account(1)},7", f"{account(2)},8", "0x12,5", f"{account(1)},9", "0x13,5")
    out = made(tmp_path, text, bad_rows="leave_out")
    assert dict(read_entitlements(out, read_manifest(out)).rows()) == {bytes.fromhex(account(2)[2:]): 8}
    assert [line for line, _ in reasons(out / "rejects.csv")] == [2, 4, 5, 6]


def test_rejects_hold_nothing_that_a_spreadsheet_would_run(tmp_path):
    out = made(tmp_path, rows(f"{account(1)},7", '"=HYPERLINK(""x"")",+1', "@x,-1"), bad_rows="leave_out")
    cells = [line.split(",")[1:3] for line in (out / "rejects.csv").read_text().splitlines()[1:]]
    assert cells == [['"\'=HYPERLINK(""x"")"', "'+1"], ["'@x", "'-1"]]


def test_build_merges_an_account_that_is_there_twice_when_told_to(tmp_path):
    text = rows(f"{account(1)},7", f"{account(2)},8", f"{account(1)},9")
    out = made(tmp_path, text, duplicates="merge")
    found = read_entitlements(out, read_manifest(out))
    assert dict(found.rows()) == {bytes.fromhex(account(1)[2:]): 16, bytes.fromhex(account(2)[2:]): 8}
    assert read_manifest(out).document["rows"] == {"read": 3, "accepted": 3, "rejected": 0, "merged": 1}


def test_build_refuses_when_merged_rows_are_above_the_supply(tmp_path):
    text = rows(f"{account(1)},{SUPPLY}", f"{account(1)},1")
    with pytest.raises(RewardsError, match="2 of 2 rows are bad"):
        build(read_order(write_order(tmp_path, text, duplicates="merge")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "header is: empty"),
        ("address,amount\n", "column account must be there once"),
        ("account,amount,amount\n", "column amount must be there once"),
        ("account,amount\n", "no row can be paid"),
        (f'account,amount\n{account(1)},"7\n', "not CSV"),
        (f'account,amount\n"{account(1)}"x,7\n', "not CSV"),
    ],
)
def test_build_refuses_when_the_table_is_none(tmp_path, text, said):
    with pytest.raises(RewardsError, match=said):
        build(read_order(write_order(tmp_path, text)))


def test_build_refuses_when_the_table_is_missing(tmp_path):
    path = write_order(tmp_path, people(1))
    (tmp_path / "list.csv").unlink()
    with pytest.raises(RewardsError, match="no such file"):
        build(read_order(path))


def test_build_refuses_when_a_compressed_table_is_truncated(tmp_path):
    whole = gzip.compress(people(1_000).encode())
    table = "{file: list.csv.gz, account: account, value: amount}"
    with pytest.raises(RewardsError, match="cannot be read"):
        build(read_order(write_order(tmp_path, whole[: len(whole) // 2], "list.csv.gz", table=table)))


def test_build_reads_bytes_that_are_no_text_as_a_bad_row(tmp_path):
    with pytest.raises(RewardsError, match="1 of 2 rows"):
        build(read_order(write_order(tmp_path, rows(f"{account(1)},7").encode() + b"\xff\xfe,7\n")))


def test_build_reads_what_spreadsheets_write(tmp_path):
    """A byte order mark, CRLF, semicolons, blanks, blank lines, quotes and columns nobody asked for."""
    text = f'\ufeffaccount;note; amount \r\n {account(1)};"a;b";"7"\r\n\r\n{account(2)};;8 \r\n'
    out = made(tmp_path, text, table='{file: list.csv, account: account, value: amount, separator: ";"}')
    assert read_manifest(out).total == 15


def test_build_makes_one_root_of_csv_gzip_and_parquet(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    text = people(300)
    plain = made(tmp_path / "a", text)
    table = "{{file: {}, account: account, value: amount}}"
    packed = made(tmp_path / "b", gzip.compress(text.encode()), name="l.csv.gz", table=table.format("l.csv.gz"))
    (tmp_path / "list.csv").write_text(text)
    target = tmp_path / "list.parquet"
    source = f"read_csv('{tmp_path / 'list.csv'}', all_varchar=true)"
    exact = f"SELECT account, amount::DECIMAL(38,0) AS amount FROM {source}"
    duckdb.sql(f"COPY ({exact}) TO '{target}' (FORMAT parquet)")
    columns = made(tmp_path / "c", target.read_bytes(), name="l.parquet", table=table.format("l.parquet"))
    assert len({read_manifest(each).root for each in (plain, packed, columns)}) == 1
    assert verify(columns)[1] == []


def test_build_refuses_when_parquet_keeps_amounts_in_floats(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    target = tmp_path / "x.parquet"
    duckdb.sql(f"COPY (SELECT '{account(1)}' AS account, 7::DOUBLE AS amount) TO '{target}' (FORMAT parquet)")
    table = "{file: l.parquet, account: account, value: amount}"
    with pytest.raises(RewardsError, match="DOUBLE, which is not exact"):
        build(read_order(write_order(tmp_path, target.read_bytes(), "l.parquet", table=table)))


def test_build_refuses_when_parquet_is_none(tmp_path):
    pytest.importorskip("duckdb")
    table = "{file: l.parquet, account: account, value: amount}"
    with pytest.raises(RewardsError, match="not Parquet"):
        build(read_order(write_order(tmp_path, people(1), "l.parquet", table=table)))


# ------------------------------------------------------------------------------------------------------ the figures


def test_build_reads_decimal_lvo(tmp_path):
    table = "{file: list.csv, account: account, value: amount, unit: lvo}"
    out = made(tmp_path, rows(f"{account(1)},1.5", f"{account(2)},0.000000000000000001"), table=table)
    assert read_manifest(out).total == 15 * 10**17 + 1


def test_build_divides_a_pot_by_weights_to_the_wei(tmp_path):
    table = "{file: list.csv, account: account, value: amount, unit: weight}"
    out = made(tmp_path, people(7, amount=lambda i: i + 1), table=table, pot="0.000000000000000100")
    found = dict(read_entitlements(out, read_manifest(out)).rows())
    assert sum(found.values()) == 100
    shares = [found[bytes.fromhex(account(i)[2:])] for i in range(7)]
    assert all(abs(share * 28 - 100 * (i + 1)) < 28 for i, share in enumerate(shares))


def test_build_leaves_out_whoever_a_pot_is_too_small_for(tmp_path):
    table = "{file: list.csv, account: account, value: amount, unit: weight}"
    text = rows(f"{account(1)},1000000", f"{account(2)},1")
    out = made(tmp_path, text, table=table, pot="0.000000000000000005")
    assert read_manifest(out).document["accounts"] == 1


def test_build_refuses_when_the_pot_is_nothing(tmp_path):
    table = "{file: list.csv, account: account, value: amount, unit: weight}"
    with pytest.raises(RewardsError, match="nobody gets anything"):
        build(read_order(write_order(tmp_path, people(3), table=table, pot=0)))


def test_build_refuses_when_the_total_is_above_what_the_ledger_received(tmp_path):
    text = rows(f"{account(1)},{2 * LVO}")
    assert made(tmp_path / "enough", text, funded=2).exists()
    with pytest.raises(RewardsError, match=r"0\.000000000000000001 LVO above"):
        build(read_order(write_order(tmp_path / "less", text, funded="1.999999999999999999")))


def test_build_refuses_when_the_total_is_above_the_supply(tmp_path):
    with pytest.raises(RewardsError, match="above the supply"):
        build(read_order(write_order(tmp_path, rows(f"{account(1)},{SUPPLY}", f"{account(2)},1"))))


def test_build_adds_an_epoch_to_the_last(tmp_path):
    made(tmp_path, rows(f"{account(1)},7", f"{account(2)},8"))
    out = made(tmp_path, rows(f"{account(2)},1", f"{account(3)},9"), epoch=2)
    second = read_manifest(out)
    assert dict(read_entitlements(out, second).rows()) == {
        bytes.fromhex(account(number)[2:]): amount for number, amount in ((1, 7), (2, 9), (3, 9))
    }
    first = read_manifest(tmp_path / "epoch-1")
    assert second.document["previous"] == {
        "epoch": 1,
        "root": first.root,
        "total": "15",
        "manifest": first.data_hash[2:],
    }
    assert (second.total, second.document["added"]) == (25, "10")
    assert verify(out)[1] == []


def test_build_refuses_when_a_cumulative_amount_falls(tmp_path):
    made(tmp_path, rows(f"{account(1)},7", f"{account(2)},8"))
    table = "{file: list.csv, account: account, value: amount, means: cumulative}"
    with pytest.raises(RewardsError, match="1 of 2 rows are bad"):
        build(read_order(write_order(tmp_path, rows(f"{account(1)},7", f"{account(2)},7"), epoch=2, table=table)))
    assert "below the 8 wei" in reasons(tmp_path / "epoch-2.rejects.csv")[0][1]


def test_build_takes_cumulative_amounts_as_they_are(tmp_path):
    made(tmp_path, rows(f"{account(1)},7", f"{account(2)},8"))
    table = "{file: list.csv, account: account, value: amount, means: cumulative}"
    out = made(tmp_path, rows(f"{account(2)},8", f"{account(3)},5"), epoch=2, table=table)
    assert read_manifest(out).total == 7 + 8 + 5


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"ledger": f'"0x{"2e" * 20}"'}, "its ledger"), ({"chain": 1}, "its chain"), ({"epoch": 3}, "its epoch")],
)
def test_build_refuses_when_the_last_epoch_is_of_another_stream_or_chain(tmp_path, changes, said):
    made(tmp_path, people(3))
    with pytest.raises(RewardsError, match=said):
        build(read_order(write_order(tmp_path, people(3), **({"epoch": 2, "previous": "epoch-1"} | changes))))


def test_build_refuses_when_the_last_epoch_was_changed(tmp_path):
    out = made(tmp_path, rows(f"{account(1)},7"))
    path = out / "entitlements.csv"
    path.write_text(path.read_text().replace(",7", ",9"))
    with pytest.raises(RewardsError, match="was changed"):
        build(read_order(write_order(tmp_path, people(3), epoch=2)))


# ---------------------------------------------------------------------------------------------------------- files


def test_build_never_overwrites_an_epoch(tmp_path):
    made(tmp_path, people(3))
    with pytest.raises(RewardsError, match="is there already"):
        build(read_order(write_order(tmp_path, people(4))))


def test_build_writes_the_same_bytes_whatever_the_order_of_the_rows_was(tmp_path):
    """All but the table itself, its hash, and the manifest that names them."""
    one = contents(made(tmp_path / "a", people(200)))
    lines = people(200).splitlines()
    two = contents(made(tmp_path / "b", "\n".join([lines[0], *reversed(lines[1:])]) + "\n"))
    differing = {name for name in one if one[name] != two[name]}
    assert differing == {"input/list.csv", "manifest.json", "manifest.sha256"}


def test_build_writes_the_same_bytes_again(tmp_path):
    assert contents(made(tmp_path / "a", people(200))) == contents(made(tmp_path / "b", people(200)))


def test_build_writes_the_bytes_that_it_always_wrote(tmp_path):
    """On another machine, or in another version, this hash must be the same."""
    out = made(tmp_path, people(200))
    assert hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest() == GOLDEN


GOLDEN = "9b78a02300e2f812c094ff8016248658281885453e974a648426c037f65861de"


def test_build_goes_on_when_it_was_killed_at_any_file(tmp_path):
    whole = contents(made(tmp_path / "whole", people(200)))
    order = read_order(write_order(tmp_path / "killed", people(200)))
    for name in [name for name in whole if not name.startswith("manifest")]:

        def die(at, name=name):
            if at == name:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            build(order, die)
        assert not order.out.exists()
    build(order)
    assert contents(order.out) == whole


def test_verify_finds_a_flipped_bit_in_every_byte(tmp_path):
    """One bit of every 7th byte of every file, and of every byte of the manifest."""
    made(tmp_path, people(4))
    out = made(tmp_path, rows(f"{account(2)},3", f"{account(9)},4", "0x0,1"), epoch=2, bad_rows="leave_out")
    assert verify(out)[1] == []
    count = 0
    for name, content in contents(out).items():
        for at in range(0, len(content), 1 if name.startswith("manifest") else 7):
            damaged = bytearray(content)
            damaged[at] ^= 1 << at % 8
            (out / name).write_bytes(damaged)
            assert found(out), f"byte {at} of {name}"
            count += 1
        (out / name).write_bytes(content)
    assert count > 500
    assert verify(out)[1] == []


def found(out):
    """Whether verify finds anything."""
    try:
        return bool(verify(out)[1])
    except RewardsError:
        return True


def test_verify_finds_a_forged_manifest_that_hides_a_change(tmp_path):
    """Whoever changes a file and makes manifest and checksum fit it is found, because all is computed again."""
    out = made(tmp_path, people(5))
    tree = out / "tree.json"
    tree.write_bytes(tree.read_bytes().replace(b"1000000000000000001", b"9000000000000000001"))
    document = json.loads((out / "manifest.json").read_text())
    document["files"]["tree.json"]["sha256"] = hashlib.sha256(tree.read_bytes()).hexdigest()
    seal(out, document)
    assert any("tree.json differs" in difference for difference in verify(out)[1])


def seal(out, document):
    """Write a manifest with a checksum that fits."""
    content = json.dumps(document, indent=1).encode() + b"\n"
    (out / "manifest.json").write_bytes(content)
    (out / "manifest.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("root",), "0x" + "00" * 32),
        (("total",), "1"),
        (("added",), "1"),
        (("accounts",), 6),
        (("rows", "rejected"), 1),
        (("shardDigits",), 1),
        (("rules", "ledger"), "0x" + "2e" * 20),
        (("rules", "ledger"), "0x12"),
        (("rules", "chain_id"), 1),
        (("rules", "chain_id"), "1337"),
        (("rules", "epoch"), 0),
        (("rules", "epoch"), 2),
        (("rules", "unit"), "lvo"),
        (("rules", "unit"), "cents"),
        (("rules", "pot"), "5"),
        (("rules", "funded"), "1"),
        (("rules", "separator"), ";"),
        (("rules", "account"), "amount"),
        (("rules", "surprise"), 1),
        (("previous",), {}),
        (("files", "input/../x"), {}),
        (("files", "input/other.csv"), {}),
        (("files", "proofs/zz.json"), {}),
        (("schema",), "live-video/rewards/2"),
    ],
)
def test_verify_finds_a_forged_field_under_a_checksum_that_fits(tmp_path, keys, value):
    out = made(tmp_path, people(5))
    document = json.loads((out / "manifest.json").read_text())
    inner = document
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    seal(out, document)
    assert found(out)


@pytest.mark.parametrize("name", ["tree.json", "entitlements.csv", "rejects.csv", "proofs/all.json"])
def test_verify_finds_a_missing_or_truncated_file(tmp_path, name):
    out = made(tmp_path, people(5))
    content = (out / name).read_bytes()
    (out / name).write_bytes(content[:-1])
    assert [each for each in verify(out)[1] if each.startswith(f"{name} differs")]
    (out / name).unlink()
    assert verify(out)[1] == [f"{name} is missing"]


def test_verify_refuses_when_the_table_is_outside_the_folder(tmp_path):
    out = made(tmp_path, people(5))
    (out / "input" / "list.csv").unlink()
    document = json.loads((out / "manifest.json").read_text())
    document["files"]["input/../../list.csv"] = document["files"].pop("input/list.csv")
    document["files"] = dict(sorted(document["files"].items()))
    seal(out, document)
    with pytest.raises(RewardsError, match="names 1 tables"):
        verify(out)


def test_verify_refuses_when_a_later_epoch_hides_that_it_has_nothing_before_it(tmp_path):
    order = read_order(write_order(tmp_path, people(5)))
    build(replace(order, rules=replace(order.rules, epoch=2)))
    with pytest.raises(RewardsError, match="rules in manifest"):
        verify(order.out)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",0,7,7", ",1,7,7"),
        (",0,7,7", ",0,07,7"),
        (",0,7,7", ",0,7"),
        (",0,7,7", ",0,7,7 "),
        (",0,7,7", ",0,7,seven"),
        ("0x", "0X"),
        ("account,", "Account,"),
        ("7\n", "7"),
    ],
)
def test_parse_entitlements_refuses_when_a_line_is_not_as_it_was_written(old, new):
    sound = f"account,previous,added,cumulative\n{account(1)},0,7,7\n"
    assert parse_entitlements(sound.encode(), LEDGER, 1).total == 7
    with pytest.raises(RewardsError, match="damaged"):
        parse_entitlements(sound.replace(old, new).encode(), LEDGER, 1)


def test_verify_finds_a_file_that_does_not_belong_there(tmp_path):
    out = made(tmp_path, people(5))
    (out / "proofs" / "00.json").write_text("{}")
    (out / "previous.csv").write_text("")
    assert verify(out)[1] == ["previous.csv does not belong here", "proofs/00.json does not belong here"]


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sha256", "input/list.csv", "previous.csv"])
def test_verify_refuses_when_what_it_computes_from_is_missing(tmp_path, name):
    made(tmp_path, people(5))
    out = made(tmp_path, people(5), epoch=2)
    (out / name).unlink()
    with pytest.raises(RewardsError, match="cannot be read"):
        verify(out)


def test_tree_json_is_a_dump_of_the_root(tmp_path):
    out = made(tmp_path, people(300))
    tree = StandardMerkleTree.load(json.loads((out / "tree.json").read_text()))
    assert "0x" + tree.root.hex() == read_manifest(out).root
    assert list(tree.values[0][:2]) == [LEDGER, "1337"]


# --------------------------------------------------------------------------------------------------------- claims


@pytest.mark.parametrize(("count", "digits"), [(127, 0), (128, 1), (2_047, 1), (2_048, 2)])
def test_shards_are_named_by_as_many_digits_as_keep_them_small(tmp_path, count, digits):
    out = made(tmp_path, people(count))
    names = {path.stem for path in (out / "proofs").iterdir()}
    assert names == ({"all"} if digits == 0 else {account(i)[2 : 2 + digits] for i in range(count)})


def test_find_claim_finds_everyone_in_their_shard(tmp_path):
    out = made(tmp_path, people(300))
    for i in range(300):
        claim = find_claim(out / "proofs" / f"{account(i)[2]}.json", account(i))
        assert (claim.account, claim.cumulative) == (account(i), 10**18 + i)
        assert (claim.ledger, claim.chain_id, claim.epoch) == (LEDGER, 1337, 1)
        assert claim.root == read_manifest(out).root


def test_find_claim_refuses_when_the_account_or_the_shard_is_wrong(tmp_path):
    out = made(tmp_path, people(10))
    shard = out / "proofs" / "all.json"
    with pytest.raises(RewardsError, match=r"is not in all\.json"):
        find_claim(shard, account(99))
    with pytest.raises(RewardsError, match="not an address"):
        find_claim(shard, "0x12")
    with pytest.raises(RewardsError, match="cannot be read"):
        find_claim(out / "proofs" / "0.json", account(1))
    with pytest.raises(RewardsError, match="is not a shard"):
        find_claim(out / "manifest.json", account(1))
    text = shard.read_text()
    shard.write_text(text[: len(text) // 2])
    with pytest.raises(RewardsError, match="is not a shard"):
        find_claim(shard, account(1))
    shard.write_text(text.replace('"1000000000000000001"', '"9000000000000000001"'))
    with pytest.raises(RewardsError, match="does not lead to the root"):
        find_claim(shard, account(1))


@pytest.mark.parametrize("size", [1, 7, 200])
def test_push_batches_prove_every_row_once(tmp_path, size):
    out = made(tmp_path, people(300))
    found = read_entitlements(out, read_manifest(out))
    tree = found.tree()
    wanted = list(range(0, 300, 2))
    batches = list(push_batches(found, tree, wanted, size))
    assert [len(batch.entitlements) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    paid = [pair for batch in batches for pair in batch.entitlements]
    assert sorted(paid) == [("0x" + found.account(row).hex(), found.amount(row)) for row in wanted]
    leaves = {leaf[2]: leaf for leaf in found}
    for batch in batches:
        proof = tree.get_multi_proof([leaves[bytes.fromhex(account[2:])] for account, _ in batch.entitlements])
        assert ["0x" + node.hex() for node in proof.proof] == batch.proof


def test_push_batches_share_most_of_their_proofs(tmp_path):
    """Neighbours in the tree need a node a level, as one leaf does; rows taken at random would need hundreds."""
    out = made(tmp_path, people(1_000))
    found = read_entitlements(out, read_manifest(out))
    for batch in push_batches(found, found.tree(), range(1_000), 100):
        assert len(batch.proof) <= 2 * 10


def test_entitlements_refuse_when_rows_are_out_of_order_or_too_large():
    a, b = bytes([1] * 20), bytes([2] * 20)
    for wrong in ([(b, 1), (a, 1)], [(a, 1), (a, 1)], [(a, 1 << 96)], [(a, -1)], [(a[:19], 1)]):
        with pytest.raises(ValueError, match=r"order|96 bits"):
            Entitlements(bytes(20), 1, wrong)


def test_entitlements_are_found_by_account():
    found = Entitlements(bytes(20), 1, ((bytes([i] * 20), i) for i in range(1, 50)))
    assert [found.find(bytes([i] * 20)) for i in range(52)] == [None, *range(49), None, None]
    assert found[-1] == (bytes(20), 1, bytes([49] * 20), 49)
    assert found[1:3] == [found[1], found[2]]
    with pytest.raises(IndexError):
        _ = found[49]


def test_a_copied_folder_verifies_anywhere(tmp_path):
    made(tmp_path, people(5))
    out = made(tmp_path, people(5), epoch=2)
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(out, copy)
    shutil.rmtree(tmp_path / "epoch-1")
    shutil.rmtree(out)
    assert verify(copy)[1] == []
