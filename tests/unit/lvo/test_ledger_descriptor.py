"""What a wallet shows of a signed claim (ERC-7730) is all of what RewardLedger takes."""

import json
from pathlib import Path

from lvo.typed_data import LEDGER_TYPES, ledger_message

DESCRIPTOR = Path(__file__).resolve().parents[3] / "wallets" / "eip712-RewardLedger.json"
FIELDS = {"account": "0x" + "11" * 20, "cumulative": 1, "receiver": "0x" + "22" * 20, "nonce": 0, "deadline": 1}


def test_descriptor_names_the_domain_types_and_fields_of_a_claim():
    document = json.loads(DESCRIPTOR.read_text())
    context = document["context"]["eip712"]
    message = ledger_message("ClaimTo", 1, "0x" + "33" * 20, **FIELDS)
    assert context["domain"] == {key: message["domain"][key] for key in ("name", "version")}
    assert context["schemas"] == [{"primaryType": "ClaimTo", "types": message["types"]}]
    shown = document["display"]["formats"]
    assert shown.keys() == {"ClaimTo"} <= LEDGER_TYPES.keys()
    paths = [field["path"] for field in shown["ClaimTo"]["fields"]]
    assert sorted(paths) == sorted(FIELDS) == sorted(shown["ClaimTo"]["required"])


def test_descriptor_shows_each_field_as_what_it_is():
    fields = json.loads(DESCRIPTOR.read_text())["display"]["formats"]["ClaimTo"]["fields"]
    kinds = {field["path"]: (field["format"], field.get("params")) for field in fields}
    wallet = {"types": ["eoa", "wallet", "contract"]}
    assert kinds == {
        "receiver": ("addressName", wallet),
        "account": ("addressName", wallet),
        "cumulative": ("unit", {"base": "LVO", "decimals": 18}),
        "deadline": ("date", {"encoding": "timestamp"}),
        "nonce": ("raw", None),
    }
    assert all(field["label"] for field in fields)
