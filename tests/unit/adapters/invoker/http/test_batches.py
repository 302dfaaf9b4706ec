"""The invoker with several messages in one request, over a scripted exchange."""

import json

import pytest

from sqsd_adapters.invoker import batch
from sqsd_adapters.transport.exchange import Answer, BadAnswer, Dropped, ExchangeError, NotConnected
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.periodic import attributes
from tests.support.http_invoker import ScriptedExchange, invoker_over

MESSAGES = [Message(id=MessageId(name), receipt=ReceiptHandle(name), body=name) for name in ("a", "b")]
PERIODIC = attributes(path="/nightly", name="nightly", scheduled_time="2026-01-01T00:00:00Z")
KEY = b"0123456789abcdef01234567"


def answer(status: int = 200, body: bytes = b"", *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status=status, headers=list(headers), body=body)


async def test_a_batch_is_one_request_with_the_headers_that_hold_for_all_of_it() -> None:
    exchange = ScriptedExchange(answer())

    assert await invoker_over(exchange, [("X-Key", "k")]).invoke_batch(MESSAGES) == [Succeeded(), Succeeded()]

    [(headers, body)] = exchange.requests
    assert [record["body"] for record in json.loads(body)["Records"]] == ["a", "b"]
    assert dict(headers) == {
        b"Content-Type": b"application/json",
        b"User-Agent": b"aws-sqsd/1.0",
        b"X-Aws-Sqsd-Queue": b"jobs",
        b"X-Key": b"k",
        b"X-Sqsd-Deadline": b"2015-02-18T12:01:00Z",
    }


@pytest.mark.parametrize(
    ("result", "outcomes"),
    [
        (answer(200, b'{"batchItemFailures": [{"itemIdentifier": "a"}]}'), [Failed(batch.LISTED), Succeeded()]),
        (answer(200), [Succeeded()] * 2),
        (answer(500), [Failed("status 500")] * 2),
        (answer(500, b'{"batchItemFailures": [{"itemIdentifier": "a"}]}'), [Failed("status 500")] * 2),
        (answer(503), [Unavailable("status 503", full=True)] * 2),
        (answer(429, b"", (b"retry-after", b"9")), [RetryLater(9.0, "status 429", full=True)] * 2),
        (answer(500, b"no JSON", (b"x-sqsd-disposition", b"delete")), [Succeeded()] * 2),
        (
            answer(200, b"no JSON", (b"x-sqsd-disposition", b"delete")),
            [Failed(f"{batch.UNREADABLE}: it is no JSON")] * 2,
        ),
        (answer(200, b"", (b"x-sqsd-disposition", b"retain")), [Retained()] * 2),
        (answer(200, b"", (b"x-sqsd-disposition", b"retry")), [Failed("status 200, disposition retry")] * 2),
        (NotConnected("connection refused"), [Unavailable("connection refused", unsent=True)] * 2),
        (Dropped("closed"), [Interrupted("closed")] * 2),
        (BadAnswer("the answer is malformed"), [Failed("the answer is malformed")] * 2),
    ],
)
async def test_the_answer_or_its_absence_holds_for_all_that_it_does_not_list(
    result: Answer | ExchangeError, outcomes: list[Outcome]
) -> None:
    assert await invoker_over(ScriptedExchange(result)).invoke_batch(MESSAGES) == outcomes


async def test_a_batch_is_signed_under_a_name_of_its_own() -> None:
    exchange = ScriptedExchange(answer())

    await invoker_over(exchange, signing_keys=[KEY]).invoke_batch(MESSAGES)

    [(headers, _)] = exchange.requests
    assert dict(headers)[b"webhook-id"] == batch.batch_id(MESSAGES)
    assert dict(headers)[b"webhook-signature"].startswith(b"v1,")


async def test_a_periodic_task_keeps_its_own_request() -> None:
    exchange = ScriptedExchange(answer())

    await invoker_over(exchange).invoke_batch([MESSAGES[0]._replace(attributes=PERIODIC)])

    assert (exchange.targets, exchange.requests[0][1]) == ([b"/nightly"], b"")


async def test_what_a_failed_answer_said_is_kept_where_asked_for() -> None:
    [outcome, _] = await invoker_over(ScriptedExchange(answer(200, b"oops")), answers=10).invoke_batch(MESSAGES)

    assert isinstance(outcome, Failed)
    assert outcome.answer == "oops"
