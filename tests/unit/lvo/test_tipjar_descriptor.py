"""What a wallet shows of a voucher (ERC-7730) is all of what TipJar takes."""

import json
from pathlib import Path

from lvo.typed_data import TIPJAR_TYPES, tipjar_message

DESCRIPTOR = Path(__file__).resolve().parents[3] / "wallets" / "eip712-TipJar.json"
AMOUNT = ("unit", {"base": "LVO", "decimals": 18})
SHOWN = {
    "cumulative": AMOUNT,
    "locked": AMOUNT,
    "lockExpiry": ("date", {"encoding": "timestamp"}),
    "channel": ("raw", None),
    "memoHash": ("raw", None),
    "lock": ("raw", None),
}


def test_descriptor_names_the_domain_types_and_fields_of_a_voucher():
    document = json.loads(DESCRIPTOR.read_text())
    context = document["context"]["eip712"]
    values = {name: bytes(32) if shown == ("raw", None) else 0 for name, shown in SHOWN.items()}
    message = tipjar_message("Voucher", 1, "0x" + "33" * 20, **values)
    assert context["domain"] == {key: message["domain"][key] for key in ("name", "version")}
    assert context["schemas"] == [{"primaryType": "Voucher", "types": message["types"]}]
    shown = document["display"]["formats"]
    assert shown.keys() == {"Voucher"} == TIPJAR_TYPES.keys()
    fields = shown["Voucher"]["fields"]
    assert {field["path"]: (field["format"], field.get("params")) for field in fields} == SHOWN
    assert sorted(shown["Voucher"]["required"]) == sorted(SHOWN)
    assert all(field["label"] for field in fields)
