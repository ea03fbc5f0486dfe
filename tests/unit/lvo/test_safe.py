"""Files for Safe's Transaction Builder. The hashes are compared with Safe's own contract in tests/scripts."""

import pytest

from lvo import safe

SAFE = "0x1C694Fc3006D81ff4a56F97E1b99529066a23725"
TOKEN = "0x6B175474E89094C44Da98b954EedeAC495271d0F"


def test_checksum_is_that_of_another_program():
    """Made by npm's @morpho-labs/gnosis-tx-builder, whose files the builder imports."""
    document = {
        "version": "1.0",
        "chainId": "1337",
        "createdAt": 0,
        "meta": {
            "name": "n",
            "description": "Created from @morpho-labs/gnosis-tx-builder",
            "txBuilderVersion": "1.10.0",
            "createdFromSafeAddress": SAFE,
            "createdFromOwnerAddress": "",
            "checksum": "0x22640883982722b6ce03001118d43cbc9f57f9878530f8d57bfb62a03bf38a0d",
        },
        "transactions": [
            {"to": TOKEN, "value": "7", "data": "0xa9059cbb"},
            {"to": TOKEN, "value": "0", "data": "0x"},
        ],
    }
    assert safe.checksum(document) == document["meta"]["checksum"]
    assert safe.checksum(document | {"meta": document["meta"] | {"name": "other"}}) == document["meta"]["checksum"]
    assert safe.checksum(document | {"chainId": "1"}) != document["meta"]["checksum"]


def test_builder_file_has_the_checksum_of_what_is_in_it():
    calls = [safe.Call(TOKEN, 7, "0xa9059cbb"), safe.Call(TOKEN, 0, "0x")]
    document = safe.builder_file(1337, SAFE, calls, "n")
    assert document["meta"]["checksum"] == safe.checksum(document)
    assert [(each["to"], each["value"], each["data"]) for each in document["transactions"]] == [
        (TOKEN, "7", "0xa9059cbb"),
        (TOKEN, "0", "0x"),
    ]


@pytest.mark.parametrize("changed", ["chain", "safe", "to", "value", "data", "nonce"])
def test_hashes_depend_on_everything_that_is_done(changed):
    def of(chain=1, at=SAFE, to=TOKEN, value=0, data="0x01", nonce=3):
        return safe.hashes(chain, at, safe.transaction([safe.Call(to, value, data)], nonce)).safe_tx

    other = {"chain": {"chain": 2}, "safe": {"at": TOKEN}, "to": {"to": SAFE}, "value": {"value": 1}}
    other |= {"data": {"data": "0x02"}, "nonce": {"nonce": 4}}
    assert of(**other[changed]) != of()
