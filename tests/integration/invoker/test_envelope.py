"""Messages in SNS's envelope, opened on their way to a worker over both transports, and to a callable."""

import json
from base64 import b64encode

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.invoker.envelope.invoker import OpeningInvoker
from sqsd_adapters.invoker.envelope.opener import MessageOpener
from sqsd_adapters.testing.recording_worker import RecordingWorker
from sqsd_core.message import Message, MessageAttribute, Notification
from sqsd_core.outcome import Succeeded
from tests.support.http_invoker import Transport, invoker_for, message

pytestmark = pytest.mark.integration

TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"


def enveloped() -> Message:
    envelope = {
        "Type": "Notification",
        "MessageId": "sns-1",
        "TopicArn": TOPIC,
        "Subject": "Größe",
        "Message": '{"order": "🎁"}',
        "MessageAttributes": {
            "color": {"Type": "String", "Value": "red"},
            "icon": {"Type": "Binary", "Value": b64encode(b"\0\xff").decode()},
        },
    }
    return message(json.dumps(envelope), size="7")


@pytest.fixture
def opener() -> MessageOpener:
    return MessageOpener(clock=SystemClock(), sns=True)


async def test_a_worker_gets_what_was_published(transport: Transport, opener: MessageOpener) -> None:
    with RecordingWorker() as worker:
        async with invoker_for(transport, worker.url) as invoker:
            assert await OpeningInvoker(opener=opener, invoker=invoker).invoke(enveloped()) == Succeeded()
    (request,) = worker.requests
    assert request.body == '{"order": "🎁"}'
    assert {name: value for name, value in request.headers.items() if "Attr" in name or "Sns" in name} == {
        "X-Aws-Sqsd-Attr-size": "7",
        "X-Aws-Sqsd-Attr-color": "red",
        "X-Sqsd-Sns-Topic-Arn": TOPIC,
        "X-Sqsd-Sns-Message-Id": "sns-1",
        "X-Sqsd-Sns-Subject": "Gr%C3%B6%C3%9Fe",
    }


async def test_what_is_no_envelope_reaches_the_worker_as_it_is(transport: Transport, opener: MessageOpener) -> None:
    with RecordingWorker() as worker:
        async with invoker_for(transport, worker.url) as invoker:
            await OpeningInvoker(opener=opener, invoker=invoker).invoke(message('{"Type": "Notification"}'))
    (request,) = worker.requests
    assert request.body == '{"Type": "Notification"}'
    assert not any("Sns" in name for name in request.headers)


@pytest.mark.parametrize("is_async", [False, True], ids=["in a thread", "in the loop"])
async def test_a_callable_gets_what_was_published(opener: MessageOpener, *, is_async: bool) -> None:
    given: list[Message] = []

    def job(message: Message) -> None:
        given.append(message)

    async def async_job(message: Message) -> None:
        given.append(message)

    async with CallableInvoker(target=async_job if is_async else job) as invoker:
        assert await OpeningInvoker(opener=opener, invoker=invoker).invoke(enveloped()) == Succeeded()
    (run,) = given
    assert run.body == '{"order": "🎁"}'
    assert run.notification == Notification(topic_arn=TOPIC, message_id="sns-1", subject="Größe")
    assert run.attributes["icon"] == MessageAttribute(data_type="Binary", value=b"\0\xff")
