"""What SQS refuses to store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.sending import check_batch_size, check_sending, size_of
from sqsd_adapters.queue.embedded.settings import parse_settings
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import MessageAttribute

STANDARD = parse_settings("jobs", {})
FIFO = parse_settings("jobs.fifo", {})
MIB = 1_048_576


def refused(code: ErrorCode) -> "pytest.RaisesExc[SqsError]":
    return pytest.RaisesExc(SqsError, check=lambda error: error.code is code)


def text(value: str = "x", data_type: str = "String") -> MessageAttribute:
    return MessageAttribute(data_type=data_type, value=value)


def test_a_message_may_be_a_mebibyte_with_its_attributes() -> None:
    # name and type count as well: 1 + 6 + 1 bytes
    check_sending(Sending(body="x" * (MIB - 8), attributes={"a": text()}), STANDARD)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x" * (MIB - 7), attributes={"a": text()}), STANDARD)


def test_size_is_measured_in_bytes_of_utf8() -> None:
    assert size_of(Sending(body="🐝")) == 4


def test_a_queue_may_take_smaller_messages_only() -> None:
    small = parse_settings("jobs", {"MaximumMessageSize": "1024"})
    check_sending(Sending(body="x" * 1_024), small)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x" * 1_025), small)


def test_a_batch_may_be_a_mebibyte() -> None:
    check_batch_size([Sending(body="x" * (MIB // 2))] * 2)
    with refused(ErrorCode.BATCH_TOO_LONG):
        check_batch_size([Sending(body="x" * (MIB // 2))] * 2 + [Sending(body="x")])


def test_a_message_has_a_body() -> None:
    with refused(ErrorCode.MISSING_PARAMETER):
        check_sending(Sending(body=""), STANDARD)


@given(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
def test_a_body_may_hold_any_printable_character(character: str) -> None:
    check_sending(Sending(body=character), STANDARD)


@pytest.mark.parametrize("character", ["\t", "\n", "\r", "\x7f", "\ufffd", "\U0010ffff"])
def test_a_body_may_hold_these_too(character: str) -> None:
    check_sending(Sending(body=character), STANDARD)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_a_body_may_not_hold_what_xml_does_not(character: str) -> None:
    with refused(ErrorCode.INVALID_CONTENTS):
        check_sending(Sending(body=f"a{character}b"), STANDARD)


def test_a_message_has_at_most_ten_attributes() -> None:
    check_sending(Sending(body="x", attributes={f"a{n}": text() for n in range(10)}), STANDARD)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", attributes={f"a{n}": text() for n in range(11)}), STANDARD)


@pytest.mark.parametrize("name", ["a", "A-b_c.d9", "x" * 256, "awsome", "amazonian", "attr.1øßä"])
def test_an_attributes_name_may_be(name: str) -> None:
    check_sending(Sending(body="x", attributes={name: text()}), STANDARD)


@pytest.mark.parametrize("name", ["", ".a", "a.", "a..b", "a b", "ж", "x" * 257, "AWS.a", "aws.a", "Amazon.a"])
def test_an_attributes_name_may_not_be(name: str) -> None:
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", attributes={name: text()}), STANDARD)


@pytest.mark.parametrize(
    "attribute",
    [
        text(data_type="Boolean"),
        text(data_type="Binary"),
        text(""),
        text("a\x00b"),
        *(text(value, data_type="Number") for value in ("seven", "nan", "inf", "1_0", " 1", "٣", ".", "1e", "0x1")),
        MessageAttribute(data_type="String", value=b"x"),
        MessageAttribute(data_type="Binary", value=b""),
    ],
)
def test_an_attribute_is_what_its_type_says(attribute: MessageAttribute) -> None:
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", attributes={"a": attribute}), STANDARD)


@pytest.mark.parametrize("value", ["0", "-1", "+1.5", ".5", "5.", "1e126", "2.5E-7", "9" * 38])
def test_a_number_is_an_integer_or_has_a_floating_point(value: str) -> None:
    check_sending(Sending(body="x", attributes={"a": text(value, data_type="Number.int")}), STANDARD)


def test_a_fifo_message_needs_a_group_and_a_deduplication_id() -> None:
    with refused(ErrorCode.MISSING_PARAMETER):
        check_sending(Sending(body="x", deduplication_id="d"), FIFO)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", group_id="red"), FIFO)
    check_sending(Sending(body="x", group_id="red", deduplication_id="d"), FIFO)


@pytest.mark.parametrize("value", ["", "a b", "ä", "x" * 129])
def test_group_and_deduplication_ids_follow_the_rules(value: str) -> None:
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", group_id=value, deduplication_id="d"), FIFO)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", group_id="red", deduplication_id=value), FIFO)


def test_a_standard_message_may_have_a_group_but_no_deduplication_id() -> None:
    check_sending(Sending(body="x", group_id="tenant"), STANDARD)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", deduplication_id="d"), STANDARD)


def test_a_delay_lasts_fifteen_minutes_at_most_and_is_no_fifo_messages_own() -> None:
    check_sending(Sending(body="x", delay=900), STANDARD)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", delay=901), STANDARD)
    with refused(ErrorCode.INVALID_PARAMETER):
        check_sending(Sending(body="x", group_id="red", deduplication_id="d", delay=1), FIFO)
