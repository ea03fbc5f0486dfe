"""The one way in which scripts send: who can sign, what fees are offered, what is said when something is refused."""

import json
import os

import brownie
import pytest
from brownie import accounts, chain, web3
from eth_account import Account

from lvo.safe import checksum
from lvo.units import LVO
from scripts.support import delivery, records, refusals, sending
from scripts.support.console import ScriptError

KEY = "0x" + "5a" * 32
SAFE = "0x" + "5AFE" * 10


@pytest.fixture(autouse=True)
def ganache():
    """Ganache forgets the test when it is over."""
    chain.snapshot()
    yield
    chain.revert()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The journal of the test alone."""
    monkeypatch.setattr(records, "FOLDER", tmp_path)


@pytest.fixture
def token(payer):
    """An LVOToken; the payer holds the supply."""
    return sending.send(brownie.LVOToken, payer, sender=payer).contract


def refusal(*arguments, **keywords):
    """Send; return the sentence with which it is refused. No transaction is mined."""
    block = web3.eth.block_number
    with pytest.raises(ScriptError) as caught:
        sending.send(*arguments, **keywords)
    assert web3.eth.block_number == block
    return str(caught.value)


# ------------------------------------------------------------------------------------------------------ who can sign


def test_signers_revert_when_a_private_key_is_none_and_do_not_print_it(monkeypatch):
    monkeypatch.setenv("LVO_PRIVATE_KEY", f"{KEY},0xsecret")
    with pytest.raises(ScriptError) as caught:
        sending.signers()
    assert "Key 2 of LVO_PRIVATE_KEY" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_signers_are_the_private_keys_of_the_environment_and_the_chains_own_accounts(monkeypatch):
    assert list(sending.signers()) == [str(account) for account in accounts]
    monkeypatch.setenv("LVO_PRIVATE_KEY", KEY)
    assert next(iter(sending.signers())) == Account.from_key(KEY).address


def test_signer_is_the_first_wanted_that_can_sign(payer, stranger, monkeypatch):
    assert sending.signer() == payer
    assert sending.signer(SAFE, str(stranger), str(payer)) == stranger
    assert sending.signer(SAFE) is None
    monkeypatch.setenv("LVO_SAFE", "calls.json")
    assert sending.signer(SAFE) == SAFE


# ----------------------------------------------------------------------------------------------------------- refusals


def test_send_reverts_when_the_contract_refuses_and_says_its_error_what_it_means_and_what_to_do(token, stranger, payer):
    said = refusal(token.transfer, payer, LVO, sender=stranger)
    assert f"ERC20InsufficientBalance(sender {str(stranger).lower()}, balance 0, needed {LVO})" in said
    assert "let the sender receive that much LVO first" in said
    said = refusal(token.delegateBySig, payer, 0, 1, 27, b"\1" * 32, b"\1" * 32, sender=stranger)
    assert "LVOToken.delegateBySig" in said
    assert "VotesExpiredSignature(expiry 1)" in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"message": "execution reverted", "data": "0x4e487b71" + "11".rjust(64, "0")}, "panic 0x11"),
        ({"data": "0x08c379a0" + "20".rjust(64, "0") + "2".rjust(64, "0") + "6e6f".ljust(64, "0")}, "no"),
        ({"data": {"0xhash": {"return": "0x12345678"}}}, "0x12345678, which no contract of this project says"),
        ({"message": "Reverted", "data": "Reverted 0x12345678"}, "0x12345678, which no contract"),
        ({"message": "header\n not found"}, "header not found"),
        ({"message": "short", "data": "0xcf479181"}, "0xcf479181, which no contract"),
        ("busy", "busy"),
    ],
)
def test_why_explains_every_form_in_which_nodes_report(answer, said):
    assert refusals.why(answer).startswith(said)


def test_remedies_are_for_errors_that_exist():
    assert set(refusals.REMEDIES) <= {abi["name"] for abi, _ in refusals._errors().values()}


def test_send_reverts_when_gas_is_dearer_than_the_ceiling(token, payer, monkeypatch):
    monkeypatch.setenv("LVO_MAX_FEE_GWEI", "1")
    said = refusal(token.transfer, payer, LVO, sender=payer)
    assert "above the ceiling of 1: wait, or raise LVO_MAX_FEE_GWEI" in said
    monkeypatch.setenv("LVO_MAX_FEE_GWEI", "2 gwei")
    assert "as a whole number of gwei" in refusal(token.transfer, payer, LVO, sender=payer)


def test_send_offers_twice_the_base_fee_and_never_more_than_the_ceiling(token, payer, monkeypatch):
    base = web3.eth.get_block("latest")["baseFeePerGas"]
    fees = delivery.fees()
    assert fees["maxFeePerGas"] == 2 * base + fees["maxPriorityFeePerGas"]
    monkeypatch.setenv("LVO_MAX_FEE_GWEI", str(-(-(base + fees["maxPriorityFeePerGas"]) // sending.GWEI)))
    assert delivery.fees()["maxFeePerGas"] == int(os.environ["LVO_MAX_FEE_GWEI"]) * sending.GWEI
    sent = sending.send(token.transfer, payer, LVO, sender=payer)
    assert web3.eth.get_transaction(sent.txid)["maxFeePerGas"] == delivery.fees()["maxFeePerGas"]


def test_send_reverts_when_the_sender_has_no_ether(token, payer, monkeypatch):
    monkeypatch.setenv("LVO_PRIVATE_KEY", KEY)
    poor = Account.from_key(KEY).address
    sending.send(token.transfer, poor, LVO, sender=payer)
    said = refusal(token.transfer, payer, LVO, sender=poor, gas=100_000)
    assert f"{poor} has 0.0000 ether and this may cost 0.000" in said


def test_send_reverts_when_a_transaction_fails_in_its_block(token, payer, stranger):
    with pytest.raises(ScriptError) as caught:
        sending.send(token.transfer, payer, LVO, sender=stranger, gas=100_000)  # not estimated on this chain
    assert "failed, so nothing of it happened: ERC20InsufficientBalance(" in str(caught.value)


def test_send_sends_once_more_what_ran_out_of_the_gas_that_was_estimated(token, payer, stranger, capsys):
    sending.send(token.transfer, stranger, LVO, sender=payer, gas=30_000)
    assert "used up its 30,000 gas" in capsys.readouterr().out
    assert token.balanceOf(stranger) == LVO


def test_send_reverts_when_the_node_estimates_more_than_a_transaction_may_use(token, payer, monkeypatch):
    node = web3.provider.make_request
    monkeypatch.setattr(
        web3.provider,
        "make_request",
        lambda method, parameters: (
            {"result": hex(sending.GAS_CAP + 1)} if method == "eth_estimateGas" else node(method, parameters)
        ),
    )
    assert "The node estimates 16,777,217 gas" in refusal(token.transfer, payer, LVO, sender=payer)


# ------------------------------------------------------------------------------------------------------------ effects


def test_send_returns_what_was_emitted_and_signs_with_a_key_of_the_environment(token, payer, stranger, monkeypatch):
    monkeypatch.setenv("LVO_PRIVATE_KEY", KEY)
    owner = Account.from_key(KEY).address
    payer.transfer(owner, 10**18, silent=True)
    sending.send(token.transfer, owner, LVO, sender=payer)
    receipt = sending.send(token.transfer, stranger, 7, sender=owner)
    assert receipt.sent
    assert receipt.events("Transfer") == [{"from": owner, "to": str(stranger), "value": 7}]
    assert receipt.gas_used == web3.eth.get_transaction_receipt(receipt.txid)["gasUsed"]
    assert web3.eth.get_transaction(receipt.txid)["type"] == 2
    assert token.balanceOf(stranger) == 7


def test_send_adds_to_the_file_of_a_safe_what_only_the_safe_may_send(token, payer, tmp_path, monkeypatch):
    assert f"{SAFE} cannot sign here" in refusal(token.transfer, payer, LVO, sender=SAFE)
    path = tmp_path / "calls.json"
    monkeypatch.setenv("LVO_SAFE", str(path))
    block = web3.eth.block_number
    for amount in (1, 2, 1):
        assert not sending.send(token.transfer, payer, amount, sender=SAFE).sent
    assert web3.eth.block_number == block
    batch = json.loads(path.read_text())
    assert (batch["chainId"], batch["meta"]["createdFromSafeAddress"]) == ("1337", SAFE)
    assert [call["data"] for call in batch["transactions"]] == [token.transfer.encode_input(payer, i) for i in (1, 2)]
    assert {call["to"] for call in batch["transactions"]} == {token.address}
    assert batch["meta"]["checksum"] == checksum(batch)
    assert "holds calls of another Safe" in refusal(token.transfer, payer, 1, sender="0x" + "77" * 20)
    # Who can sign here does, whatever the file.
    assert sending.send(token.transfer, payer, 1, sender=payer).sent
