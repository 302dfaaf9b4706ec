"""SNS's envelope as a table; section 13 of the contract."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.invoker.envelope.sns import unwrapped
from sqsd_core.message import Message, MessageAttribute, MessageId, Notification, ReceiptHandle

TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"
ENVELOPE = {
    "Type": "Notification",
    "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    "TopicArn": TOPIC,
    "Subject": "A new order",
    "Message": '{"order": 7}',
    "Timestamp": "2026-11-26T18:00:00.000Z",
    "SignatureVersion": "1",
    "Signature": "EXAMPLE",
    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService.pem",
    "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
}


def message(body: str, **attributes: str) -> Message:
    return Message(
        id=MessageId("m-1"),
        receipt=ReceiptHandle("r-1"),
        body=body,
        group_id="g",
        attributes={name: text(value) for name, value in attributes.items()},
    )


def text(value: str, data_type: str = "String") -> MessageAttribute:
    return MessageAttribute(data_type=data_type, value=value)


def enveloped(**fields: Any) -> str:
    return json.dumps({**ENVELOPE, **fields})


def test_the_body_becomes_what_was_published() -> None:
    opened = unwrapped(message(enveloped())).message
    assert opened.body == '{"order": 7}'
    assert opened.notification == Notification(
        topic_arn=TOPIC, message_id="22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", subject="A new order"
    )


def test_the_rest_of_the_message_stays() -> None:
    opened = unwrapped(message(enveloped())).message
    assert (opened.id, opened.receipt, opened.group_id) == ("m-1", "r-1", "g")


@pytest.mark.parametrize(("own", "expected"), [(None, "Root=1-sns"), ("Root=1-sqs", "Root=1-sqs")])
def test_a_trace_header_in_the_envelope_counts_where_sqs_delivered_none(own: str | None, expected: str) -> None:
    body = enveloped(MessageAttributes={"AWSTraceHeader": {"Type": "String", "Value": "Root=1-sns"}})
    assert unwrapped(message(body)._replace(trace_header=own)).message.trace_header == expected


@pytest.mark.parametrize("subject", [{}, {"Subject": None}, {"Subject": 7}])
def test_a_message_may_have_no_subject(subject: dict[str, Any]) -> None:
    body = json.dumps({name: value for name, value in ENVELOPE.items() if name != "Subject"} | subject)
    opened = unwrapped(message(body)).message
    assert opened.notification is not None
    assert opened.notification.subject is None


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        ("String", "red", "red"),
        ("String.Array", '["a", "b"]', '["a", "b"]'),
        ("Number", "1.50", "1.50"),
        ("Binary", b64encode(b"\x00\xff").decode(), b"\x00\xff"),
        ("Binary", "", b""),
    ],
)
def test_each_attribute_of_the_envelope_becomes_one_of_the_message(kind: str, written: str, read: str | bytes) -> None:
    opened, unread = unwrapped(message(enveloped(MessageAttributes={"x": {"Type": kind, "Value": written}})))
    assert opened.attributes == {"x": MessageAttribute(data_type=kind, value=read)}
    assert unread == []


def test_the_queues_own_attributes_stay_unless_the_envelope_has_one_of_that_name() -> None:
    attributes = {"color": {"Type": "String", "Value": "envelope"}}
    opened = unwrapped(message(enveloped(MessageAttributes=attributes), color="queue", size="7")).message
    assert opened.attributes == {"color": text("envelope"), "size": text("7")}


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "red",
        {"Type": "String"},
        {"Value": "red"},
        {"Type": 1, "Value": "red"},
        {"Type": "Number", "Value": 1},
        {"Type": "Binary", "Value": "no base64!"},
        {"Type": "Binary", "Value": "ümlaut"},
    ],
)
def test_an_attribute_that_cannot_be_read_is_left_out_and_named(odd: object) -> None:
    attributes = {"odd": odd, "color": {"Type": "String", "Value": "red"}}
    opened, unread = unwrapped(message(enveloped(MessageAttributes=attributes)))
    assert opened.body == '{"order": 7}'
    assert opened.attributes == {"color": text("red")}
    assert unread == ["odd"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Notification",
        '"Notification"',
        '{"Type": "Notification"',
        '["Notification"]',
        '{"type": "Notification", "Message": "m", "TopicArn": "t", "MessageId": "i"}',
        enveloped(Type="SubscriptionConfirmation", Note="Notification"),
        enveloped(Type=["Notification"]),
        enveloped(Message={"order": 7}),
        enveloped(Message=None),
        enveloped(TopicArn=7),
        enveloped(MessageId=None),
        '{"Type": "Notification", "x": ' + "[" * 100_000,
    ],
)
def test_what_is_no_envelope_passes_as_it_is(body: str) -> None:
    given_message = message(body, color="queue")
    assert unwrapped(given_message).message is given_message


@pytest.mark.parametrize("attributes", [None, [], "red", 7])
def test_attributes_of_another_shape_count_as_none(attributes: object) -> None:
    opened, unread = unwrapped(message(enveloped(MessageAttributes=attributes), color="queue"))
    assert opened.attributes == {"color": text("queue")}
    assert unread == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*ENVELOPE, "MessageAttributes"]), JSON))
def test_whatever_a_body_holds_a_message_comes_of_it(fields: dict[str, Any]) -> None:
    opened = unwrapped(message(json.dumps({"Type": "Notification", **fields}))).message
    assert isinstance(opened.body, str)
    assert opened.id == "m-1"
