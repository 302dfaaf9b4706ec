"""Requests to the worker as spans, and what they carry."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from sqsd_adapters.observer.otel import TracedExchange
from sqsd_adapters.transport.exchange import Answer, ExchangeError, NotConnected, RequestHeaders, pairs
from tests.support.telemetry import Memory

URL = "https://user:secret@worker.example/jobs?token=secret"


class Worker:
    """An exchange that notes the headers and does what the test wants."""

    def __init__(self, answer: Callable[[], Answer]) -> None:
        self._answer = answer
        self.headers: dict[bytes, bytes] = {}

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        self.headers = dict(pairs(headers))
        return self._answer()


def answering(status: int) -> Callable[[], Answer]:
    return lambda: Answer(status, [], b"")


def raising(error: BaseException) -> Callable[[], Answer]:
    def answer() -> Answer:
        raise error

    return answer


class Call:
    """One request inside the span of a job."""

    def __init__(self, answer: Callable[[], Answer] | None = None, *, url: str = URL) -> None:
        self.memory = Memory()
        self.worker = Worker(answer or answering(200))
        self.tracer = self.memory.tracers.get_tracer("test")
        self._traced = TracedExchange(exchange=self.worker, telemetry=SimpleNamespace(tracer=self.tracer), url=url)

    async def make(self, target: bytes | None = None) -> tuple[ReadableSpan, Any]:
        with self.tracer.start_as_current_span("process jobs") as job:
            await self._traced.exchange([(b"traceparent", b"the sender's")], b"", target=target)
        return self.memory.spans("POST")[0], job


async def test_the_worker_gets_the_context_of_the_jobs_span() -> None:
    call = Call()
    _, job = await call.make()
    context = job.get_span_context()
    sent = call.worker.headers[b"traceparent"].decode()
    assert sent.startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")


async def test_a_request_is_a_span_of_a_client_without_secrets() -> None:
    span, job = await Call().make()
    assert (span.name, span.kind) == ("POST", SpanKind.CLIENT)
    assert span.parent is not None
    assert span.parent.span_id == job.get_span_context().span_id
    assert span.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "url.full": "https://worker.example/jobs",
        "server.address": "worker.example",
        "server.port": 443,
    }


async def test_a_path_of_its_own_is_shown_without_its_query() -> None:
    span, _ = await Call().make(b"/mails?token=secret")
    assert span.attributes is not None
    assert span.attributes["url.full"] == "https://worker.example/mails"


async def test_a_unix_socket_has_no_port() -> None:
    span, _ = await Call(url="http+unix://%2Frun%2Fworker.sock/jobs").make()
    assert span.attributes is not None
    assert "server.port" not in span.attributes


@pytest.mark.parametrize(("status", "error"), [(200, None), (302, None), (429, "429"), (503, "503")])
async def test_a_status_of_an_error_is_an_error(status: int, error: str | None) -> None:
    span, _ = await Call(answering(status)).make()
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == status
    assert span.attributes.get("error.type") == error
    assert span.status.status_code is (StatusCode.UNSET if error is None else StatusCode.ERROR)


@pytest.mark.parametrize("error", [NotConnected("refused"), asyncio.CancelledError()])
async def test_a_request_without_an_answer_is_an_error_and_raises_what_it_raised(error: BaseException) -> None:
    call = Call(raising(error))
    with pytest.raises((ExchangeError, asyncio.CancelledError)) as raised:
        await call.make()
    assert raised.value is error
    [span] = call.memory.spans("POST")
    assert span.attributes is not None
    assert span.attributes["error.type"] == type(error).__name__


async def test_outside_a_job_the_senders_context_is_passed_on() -> None:
    call = Call()
    assert not trace.get_current_span().get_span_context().is_valid
    await call._traced.exchange([(b"traceparent", b"the sender's")], b"")
    assert call.worker.headers == {b"traceparent": b"the sender's"}
