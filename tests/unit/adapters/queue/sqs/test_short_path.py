"""When the short path answers, and when the ordinary way is asked."""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiobotocore.credentials import AioCredentials
from botocore.exceptions import CredentialRetrievalError
from botocore.parsers import ResponseParserError

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.sqs.absence import LEAVE_AFTER, TRY_AGAIN
from sqsd_adapters.queue.sqs.bounded import MAX_ANSWER
from sqsd_adapters.queue.sqs.calls import RECEIVE_LIMIT, Operation
from sqsd_adapters.queue.sqs.client import READ_TIMEOUT
from sqsd_adapters.queue.sqs.short_path import SETTLE_TIMEOUT, ShortPath
from sqsd_adapters.queue.sqs.signing import Signer
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_adapters.testing.virtual_time import VirtualTimeLoop
from sqsd_adapters.transport.exchange import Answer, BadAnswer, NotConnected, RequestHeaders, Silent, pairs
from sqsd_core import DaemonOptions, Message
from sqsd_core.errors import QueueUnavailable
from sqsd_core.ports.clock import Clock

ORDINARY = {"from": "the ordinary way"}
SILENT = Silent("the worker sent no byte for 30 s")
REQUEST = {"QueueUrl": "http://x/1/jobs", "Entries": [{"Id": "0", "ReceiptHandle": "AQEB-receipt"}]}


class OrdinaryWay:
    def __init__(self) -> None:
        self.asked: list[tuple[Operation, Shape]] = []
        self.error: QueueUnavailable | None = None
        #: seconds
        self.duration = 0.0

    async def call(self, operation: Operation, request: Shape) -> Shape:
        self.asked.append((operation, request))
        await asyncio.sleep(self.duration)
        if self.error is not None:
            raise self.error
        return ORDINARY


class ScriptedExchange:
    """Gives one answer, raises one error, or says nothing for ever."""

    def __init__(self, outcome: Answer | Exception | None) -> None:
        self.outcome = outcome
        #: seconds
        self.duration = 0.0
        self.sent: list[tuple[dict[bytes, bytes], Any]] = []

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        self.sent.append((dict(pairs(headers)), json.loads(body)))
        await asyncio.sleep(self.duration)
        match self.outcome:
            case Answer():
                return self.outcome
            case None:
                await asyncio.Event().wait()
                raise AssertionError
            case error:
                raise error


class BrokenCredentials(AioCredentials):
    def __init__(self, error: Exception) -> None:
        super().__init__("AKIA", "secret")
        self._error = error

    async def get_frozen_credentials(self) -> Any:  # type: ignore[override]  # as AioCredentials itself
        raise self._error


class HandClock:
    time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class Setting:
    def __init__(
        self,
        outcome: Answer | Exception | None,
        credentials: AioCredentials | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.ordinary = OrdinaryWay()
        self.exchange = ScriptedExchange(outcome)
        self.path = ShortPath(
            ordinary=self.ordinary,
            exchange=self.exchange,
            credentials=credentials or AioCredentials("AKIA", "secret", "token"),
            signer=Signer(host=b"x", region="eu-west-1"),
            clock=clock or LoopClock(),
            label="orders",
        )

    async def call(self, operation: Operation = Operation.RECEIVE) -> Shape:
        return await self.path.call(operation, REQUEST)


def answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status=status, headers=[], body=body)


@pytest.mark.parametrize(
    ("operation", "content"),
    [
        (Operation.RECEIVE, {"Messages": [{"Body": "é😀"}]}),
        (Operation.RECEIVE, {}),
        (Operation.DELETE, {"Successful": [{"Id": "0"}], "Failed": []}),
        (Operation.CHANGE_VISIBILITY, {"Failed": [{"Id": "0", "Code": "é😀"}]}),
    ],
)
async def test_a_hot_call_is_answered_without_the_sdk(operation: Operation, content: Shape) -> None:
    setting = Setting(answer(json.dumps(content, ensure_ascii=False).encode()))
    assert await setting.call(operation) == content
    [(headers, body)] = setting.exchange.sent
    assert body == REQUEST
    assert headers[b"X-Amz-Target"] == f"AmazonSQS.{operation}".encode()
    assert headers[b"X-Amz-Security-Token"] == b"token"
    assert setting.ordinary.asked == []


async def test_a_rare_call_goes_the_ordinary_way() -> None:
    setting = Setting(answer(b"{}"))
    assert await setting.call(Operation.DESCRIBE) == ORDINARY
    assert setting.exchange.sent == []


@pytest.mark.parametrize(
    "outcome",
    [
        answer(b"{}", status=500),
        answer(b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist"}', status=400),
        answer(b"{}", status=204),
        answer(b"", status=302),
        answer(b"<html>log in</html>"),
        answer(b""),
        answer(b"[]"),
        answer(b'{"Messages": [{"Bo'),
        answer(b"[" * 100_000),
        NotConnected(),
        BadAnswer(),
        ValueError("a header holds a line break"),
        OSError("the socket is gone"),
    ],
)
async def test_whatever_is_not_a_plain_answer_is_asked_again_the_ordinary_way(outcome: Answer | Exception) -> None:
    setting = Setting(outcome)
    assert await setting.call() == ORDINARY
    assert setting.ordinary.asked == [(Operation.RECEIVE, REQUEST)]


@pytest.mark.parametrize("operation", [Operation.RECEIVE, Operation.DELETE, Operation.CHANGE_VISIBILITY])
async def test_json_of_another_shape_is_asked_again_the_ordinary_way(operation: Operation) -> None:
    setting = Setting(answer(b'{"status": "ok", "data": []}'))
    assert await setting.call(operation) == ORDINARY
    assert setting.ordinary.asked == [(operation, REQUEST)]


async def test_half_a_surrogate_pair_is_no_reason_to_receive_twice() -> None:
    setting = Setting(answer(b'{"Messages": [{"Body": "\\ud83d"}]}'))
    assert await setting.call() == {"Messages": [{"Body": "\ud83d"}]}
    assert setting.ordinary.asked == []


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.CHANGE_VISIBILITY])
def test_a_silent_endpoint_is_left_after_the_time_that_the_call_may_take(operation: Operation) -> None:
    async def call() -> tuple[Shape, float]:
        return await Setting(None).call(operation), asyncio.get_running_loop().time()

    assert in_virtual_time(call) == (ORDINARY, pytest.approx(SETTLE_TIMEOUT))


async def test_a_receive_that_was_silent_for_longer_than_a_long_poll_is_left_to_the_daemon() -> None:
    setting = Setting(SILENT)
    with pytest.raises(QueueUnavailable, match="silent for 30 seconds"):
        await setting.call()
    assert setting.ordinary.asked == []


def test_a_receive_whose_answer_does_not_end_is_left_to_the_daemon() -> None:
    async def call() -> tuple[list[Any], float]:
        setting = Setting(None)
        with pytest.raises(QueueUnavailable, match="no complete answer within 60 seconds"):
            await setting.call()
        return setting.ordinary.asked, asyncio.get_running_loop().time()

    assert in_virtual_time(call) == ([], pytest.approx(RECEIVE_LIMIT))


class QueueBehind(EmbeddedQueue):
    """A queue whose receives go to SQS by the short path."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(clock=LoopClock())
        self._setting = setting

    async def receive(self, *, max_messages: int, wait: float, visibility: float) -> Sequence[Message]:
        await self._setting.call()
        return ()


@pytest.mark.parametrize("began", [5.0, 20.0])
def test_a_drain_waits_for_a_silent_endpoint_as_long_as_a_poll_can_last(began: float) -> None:
    async def drain() -> float:
        setting = Setting(SILENT)
        setting.exchange.duration = READ_TIMEOUT
        setting.ordinary.duration = RECEIVE_LIMIT
        daemon = make_daemon(
            queue=QueueBehind(setting), invoker=ScriptedInvoker(), options=DaemonOptions(drain_timeout=600.0)
        )
        async with running(daemon) as task:
            await until(lambda: bool(setting.exchange.sent))
            await asyncio.sleep(began)
            daemon.drain()
            drained_at = asyncio.get_running_loop().time()
            await task
        return asyncio.get_running_loop().time() - drained_at

    assert in_virtual_time(drain) == pytest.approx(READ_TIMEOUT - began, abs=0.1)


def in_virtual_time(call: Callable[[], Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(call())


async def test_a_cancellation_passes() -> None:
    setting = Setting(None)
    calling = asyncio.create_task(setting.call())
    await asyncio.sleep(0)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert setting.ordinary.asked == []


@pytest.mark.parametrize(
    "error",
    [
        CredentialRetrievalError(provider="iam-role", error_msg="gone"),
        RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."),
        # what the SDK's parsers raise where something else answers in the place of STS or of a container's endpoint
        ResponseParserError(),
        KeyError("AssumeRoleWithWebIdentityResult"),
        AttributeError("'list' object has no attribute 'get'"),
    ],
)
async def test_credentials_that_cannot_be_had_are_the_ordinary_ways_to_name(error: Exception) -> None:
    setting = Setting(answer(b"{}"), BrokenCredentials(error))
    assert await setting.call() == ORDINARY
    assert setting.exchange.sent == []


async def test_an_answer_that_is_too_long_is_not_asked_for_again() -> None:
    setting = Setting(answer(b" " * MAX_ANSWER))
    with pytest.raises(QueueUnavailable, match="longer than any"):
        await setting.call()
    assert setting.ordinary.asked == []


async def test_where_only_the_sdk_connects_the_short_path_is_left_and_tried_again_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    clock = HandClock()
    setting = Setting(NotConnected("sqs.example: connect time-out\x1b[2J"), clock=clock)
    for _ in range(20):
        assert await setting.call() == ORDINARY
    assert len(setting.exchange.sent) == LEAVE_AFTER
    clock.time += TRY_AGAIN
    setting.exchange.outcome = answer(b"{}")
    assert [await setting.call() for _ in range(3)] == [{}] * 3

    left, back = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert (left.levelno, left.message) == (
        logging.WARNING,
        "short path to SQS does not connect, calling through the AWS SDK",
    )
    assert left.__dict__["reason"] == r"sqs.example: connect time-out\x1b[2J"
    assert (back.levelno, back.message) == (logging.INFO, "short path to SQS connects again")
    assert {left.__dict__["queue"], back.__dict__["queue"]} == {"orders"}


async def test_where_the_sdk_does_not_connect_either_the_short_path_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    setting = Setting(NotConnected("connection refused"), clock=HandClock())
    setting.ordinary.error = QueueUnavailable("connection refused")
    for _ in range(5):
        with pytest.raises(QueueUnavailable):
            await setting.call()
    assert len(setting.exchange.sent) == 5
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_text_that_this_codec_does_not_write_is_left_to_the_sdk() -> None:
    setting = Setting(answer(b"{}"))
    request = {"Entries": [{"ReceiptHandle": "\ud800"}]}
    assert await setting.path.call(Operation.DELETE, request) == ORDINARY


async def test_a_detour_is_logged_without_receipts_and_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await Setting(answer(b"AQEB-receipt", status=403)).call(Operation.DELETE)
    [record] = [each for each in caplog.records if each.name.startswith("sqsd")]
    assert (record.__dict__["operation"], record.__dict__["reason"]) == ("DeleteMessageBatch", "status 403")
    assert "AQEB-receipt" not in str(record.__dict__)
    assert "secret" not in str(record.__dict__)
