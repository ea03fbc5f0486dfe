"""How the values of a plan are written, at the edges of what is accepted."""

import pytest

from lvo.plan.fields import (
    parse_address,
    parse_amount,
    parse_duration,
    parse_share,
    parse_time,
    parse_truth,
    parse_wei,
)
from lvo.units import MONTH, SUPPLY

CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CHECKSUMMED.replace("aA", "Aa"), "checksum"),
        ("0x" + "0" * 40, "zero address"),
        ("0x" + "0" * 39 + "1", "EIP-1352"),
        ("0x" + "0" * 38 + "ff", "EIP-1352"),
        ("0x" + "0" * 36 + "ffff", "EIP-1352"),
        (CHECKSUMMED[:-1], "40 hexadecimal"),
        (CHECKSUMMED + "0", "40 hexadecimal"),
        (CHECKSUMMED[2:], "40 hexadecimal"),
        ("0X" + CHECKSUMMED[2:], "40 hexadecimal"),
        ("vitalik.eth", "40 hexadecimal"),
        ("", "40 hexadecimal"),
    ],
)
def test_parse_address_reverts_when_it_cannot_hold_lvo(text, says):
    with pytest.raises(ValueError, match=says):
        parse_address(text)


@pytest.mark.parametrize("text", [CHECKSUMMED, CHECKSUMMED.lower(), "0x" + CHECKSUMMED[2:].upper()])
def test_parse_address_accepts_one_case_or_the_right_checksum(text):
    assert parse_address(text) == CHECKSUMMED


def test_parse_address_accepts_the_first_address_after_the_reserved_range():
    assert int(parse_address("0x" + "10000".rjust(40, "0")), 16) == 0x10000


@pytest.mark.parametrize("text", ["1e18", "1.5E+21", "1,5e3", "-1e5"])
@pytest.mark.parametrize("parse", [parse_amount, parse_wei])
def test_parse_amount_reverts_when_in_scientific_notation(parse, text):
    with pytest.raises(ValueError, match="scientific notation"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1,000", "1.", ".5", "0." + "1" * 19, "1 000", "\u0661", "0x10", "nan", "1_0"]
)
def test_parse_amount_reverts_when_it_is_not_plain_decimal(text):
    with pytest.raises(ValueError, match="amount"):
        parse_amount(text)


@pytest.mark.parametrize("text", ["", "1.0", "-1", "\u0661", "1_0", "0x10"])
def test_parse_wei_reverts_when_it_is_not_digits(text):
    with pytest.raises(ValueError, match="amount of wei"):
        parse_wei(text)


def test_parse_amount_is_exact():
    assert parse_amount("0.000000000000000001") == 1
    assert parse_amount("1000000000") == SUPPLY
    # A float would make 0.3 of it 299999999999999999.
    assert parse_amount("123456789.123456789012345678") == 123456789123456789012345678
    assert parse_wei("115792089237316195423570985008687907853269984665640564039457") > 2**190


@pytest.mark.parametrize("text", ["", "20", "20.005 %", "1e1 %", "-5 %", "100.01 %", "10001 bps", "0.1", "20 percent"])
def test_parse_share_reverts_when_it_is_not_an_exact_share(text):
    with pytest.raises(ValueError, match=r"share|whole"):
        parse_share(text)


@pytest.mark.parametrize(
    ("text", "bps"),
    [("20 %", 2000), ("20%", 2000), ("99.99 %", 9999), ("7.5 %", 750), ("750 bps", 750), ("100 %", 10000), ("0 %", 0)],
)
def test_parse_share_is_exact(text, bps):
    assert parse_share(text) == bps


@pytest.mark.parametrize(
    "text", ["", "2027-02-30", "2027-01-31T12:00:00", "31.01.2027", "tomorrow", "-1", "2027-01-31T12:00:00.5Z", "1.5"]
)
def test_parse_time_reverts_when_it_is_not_one_second_of_utc(text):
    with pytest.raises(ValueError, match="2027-01-31"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1798761600", 1798761600),
        ("2027-01-01", 1798761600),
        ("2027-01-01T00:00:00Z", 1798761600),
        ("2027-01-01T01:00:00+01:00", 1798761600),
        ("0", 0),
    ],
)
def test_parse_time_reads_utc(text, time):
    assert parse_time(text) == time


@pytest.mark.parametrize("text", ["", "12", "1.5 months", "-1 days", "12 fortnights", "months"])
def test_parse_duration_reverts_when_it_is_not_a_length_of_time(text):
    with pytest.raises(ValueError, match="length of time"):
        parse_duration(text)


def test_parse_duration_counts_months_of_a_twelfth_of_a_year():
    assert parse_duration("12 months") == 12 * MONTH == parse_duration("1 year") == 31_557_600
    assert parse_duration("365 days") == 31_536_000
    assert parse_duration("1 second") == 1


def test_parse_truth_reverts_when_it_is_neither():
    with pytest.raises(ValueError, match="neither yes nor no"):
        parse_truth("2")
    assert parse_truth("1") is parse_truth("Yes") is parse_truth("true") is True
    assert parse_truth("0") is parse_truth("no") is False
