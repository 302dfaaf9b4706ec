"""What stands between a delivery and its invocation."""

import json
import logging

import pytest

from sqsd_adapters.invoker.envelope.invoker import OpeningInvoker
from sqsd_adapters.invoker.envelope.opener import MessageOpener
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded

POINTER = json.dumps(
    ["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "payloads", "s3Key": "a5f8c2"}]
)
MARK = {"ExtendedPayloadSize": MessageAttribute(data_type="Number", value="300000")}


def message(body: str, *, marked: bool = False) -> Message:
    return Message(id=MessageId("m-1"), receipt=ReceiptHandle("r-1"), body=body, attributes=MARK if marked else {})


def enveloped(body: str, **attributes: object) -> str:
    envelope = {"Type": "Notification", "TopicArn": "t", "MessageId": "i", "Message": body}
    return json.dumps({**envelope, "MessageAttributes": attributes})


class Fetched:
    """Has every body, or none."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.outcome = outcome
        self.pointers: list[Pointer] = []

    async def fetch(self, message: Message, pointer: Pointer) -> Message | Outcome:
        self.pointers.append(pointer)
        return self.outcome or message._replace(body="from S3")


class HandClock:
    time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


def body_of(opened: Message | Outcome) -> str:
    assert isinstance(opened, Message)
    return opened.body


async def test_an_envelope_is_opened_only_where_that_is_asked_for() -> None:
    clock = HandClock()
    assert body_of(await MessageOpener(clock=clock, sns=True).open(message(enveloped("m")))) == "m"
    assert body_of(await MessageOpener(clock=clock).open(message(enveloped("m")))) == enveloped("m")


async def test_a_pointer_is_fetched_only_where_that_is_asked_for() -> None:
    clock = HandClock()
    opened = await MessageOpener(clock=clock, payloads=Fetched()).open(message(POINTER, marked=True))
    assert body_of(opened) == "from S3"
    assert body_of(await MessageOpener(clock=clock, sns=True).open(message(POINTER, marked=True))) == POINTER


async def test_a_pointer_in_an_envelope_is_marked_by_the_envelopes_attributes() -> None:
    payloads = Fetched()
    opener = MessageOpener(clock=HandClock(), sns=True, payloads=payloads)
    mark = {"Type": "Number", "Value": "300000"}

    opened = await opener.open(message(enveloped(POINTER, ExtendedPayloadSize=mark)))

    assert body_of(opened) == "from S3"
    assert payloads.pointers == [Pointer("payloads", "a5f8c2")]


async def test_the_invoker_runs_the_opened_message() -> None:
    invoker = ScriptedInvoker()
    opening = OpeningInvoker(opener=MessageOpener(clock=HandClock(), sns=True), invoker=invoker)
    assert await opening.invoke(message(enveloped("m"))) == Succeeded()
    assert invoker.bodies == ["m"]


async def test_a_message_that_cannot_be_opened_is_not_invoked() -> None:
    invoker = ScriptedInvoker()
    opener = MessageOpener(clock=HandClock(), payloads=Fetched(Failed("gone")))
    opening = OpeningInvoker(opener=opener, invoker=invoker)
    assert await opening.invoke(message(POINTER, marked=True)) == Failed("gone")
    assert invoker.invoked == []


async def test_attributes_that_cannot_be_read_are_named_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    clock = HandClock()
    opener = MessageOpener(clock=clock, sns=True, queue="orders")
    for _ in range(3):
        await opener.open(message(enveloped("m", odd=None)))
    clock.time = 60.0
    await opener.open(message(enveloped("m", odd=None)))

    assert {record.message for record in caplog.records} == {"attributes dropped: not readable in the SNS envelope"}
    said = [vars(record) for record in caplog.records]
    assert [(each["queue"], each["names"], each["count"]) for each in said] == [
        ("orders", "odd", 1),
        ("orders", "odd", 3),
    ]
