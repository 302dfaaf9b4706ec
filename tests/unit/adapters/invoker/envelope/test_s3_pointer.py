"""The pointers of the Extended Clients as a table; section 13 of the contract."""

import json

import pytest

from sqsd_adapters.invoker.envelope.s3_pointer import Pointer, pointer_in, with_body
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle

CLASS = "software.amazon.payloadoffloading.PayloadS3Pointer"
LEGACY = "com.amazon.sqs.javamessaging.MessageS3Pointer"
PLACE = {"s3BucketName": "payloads", "s3Key": "a5f8c2"}
POINTER = Pointer("payloads", "a5f8c2")
MARK = MessageAttribute(data_type="Number", value="300000")


def message(body: str, *marks: str) -> Message:
    attributes = {"color": MessageAttribute(data_type="String", value="red"), **dict.fromkeys(marks, MARK)}
    return Message(id=MessageId("m-1"), receipt=ReceiptHandle("r-1"), body=body, attributes=attributes)


@pytest.mark.parametrize("kind", [CLASS, LEGACY])
@pytest.mark.parametrize("mark", ["ExtendedPayloadSize", "SQSLargePayloadSize"])
def test_a_pointer_of_either_class_with_either_mark_is_read(kind: str, mark: str) -> None:
    assert pointer_in(message(json.dumps([kind, PLACE]), mark)) == POINTER


def test_a_body_that_looks_like_a_pointer_without_the_mark_is_none() -> None:
    assert pointer_in(message(json.dumps([CLASS, PLACE]))) is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "large",
        "[" * 100_000,
        "{}",
        "[]",
        json.dumps([CLASS]),
        json.dumps([CLASS, PLACE, PLACE]),
        json.dumps(["java.lang.String", PLACE]),
        json.dumps([CLASS, {"s3BucketName": "payloads"}]),
        json.dumps([CLASS, {"s3BucketName": "payloads", "s3Key": 7}]),
        json.dumps([[CLASS], PLACE]),
        json.dumps({CLASS: PLACE}),
    ],
)
def test_a_body_of_another_shape_is_no_pointer(body: str) -> None:
    assert pointer_in(message(body, "ExtendedPayloadSize")) is None


def test_further_fields_of_a_pointer_do_not_matter() -> None:
    body = json.dumps([CLASS, {**PLACE, "s3Region": "eu-west-1"}])
    assert pointer_in(message(body, "ExtendedPayloadSize")) == POINTER


@pytest.mark.parametrize(
    "pointer",
    [
        Pointer("", "key"),
        Pointer("ab", "key"),
        Pointer("arn:aws:s3:eu-west-1:123456789012:accesspoint/payloads", "key"),
        Pointer("pay/loads", "key"),
        Pointer("payloads\n", "key"),
        Pointer("payloads", ""),
        Pointer("payloads", "k" * 1_025),
        Pointer("payloads", "\ud800"),
    ],
)
def test_a_pointer_to_what_s3_cannot_have_is_not_valid(pointer: Pointer) -> None:
    assert not pointer.is_valid


@pytest.mark.parametrize("pointer", [POINTER, Pointer("My_Old.Bucket", "ü/" + "k" * 1_021)])
def test_a_pointer_to_what_s3_can_have_is_valid(pointer: Pointer) -> None:
    assert pointer.is_valid


def test_the_body_takes_the_place_of_the_pointer_and_the_mark_goes() -> None:
    opened = with_body(message("pointer", "ExtendedPayloadSize", "SQSLargePayloadSize"), "large")
    assert opened.body == "large"
    assert [*opened.attributes] == ["color"]
