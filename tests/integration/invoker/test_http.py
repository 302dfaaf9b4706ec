"""The HTTP invoker against a worker on a raw socket, over both transports; rows 7 to 13 of the fault matrix."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import h11
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.http.probe import ConnectProbe, HttpProbe
from sqsd_adapters.testing.raw_answers import (
    Answer,
    drip,
    flood,
    half_close,
    respond,
    respond_and_close,
    respond_and_reset,
    respond_and_reset_at_next_request,
    stay_silent,
)
from sqsd_adapters.testing.raw_worker import RawWorker, body_of, header_lines, refusing_port
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Outcome, RetryLater, Succeeded, Unavailable
from tests.support.http_invoker import Transport, invoker_for, message

pytestmark = pytest.mark.integration


async def outcome_of(transport: Transport, *answers: Answer) -> Outcome:
    async with RawWorker(*answers) as worker, invoker_for(transport, worker.url) as invoker:
        return await invoker.invoke(message())


def status(line: bytes, *headers: bytes) -> Answer:
    head = b"\r\n".join((b"HTTP/1.1 " + line, *headers, b"Content-Length: 2"))
    return respond(head + b"\r\n\r\nok")


# Row 6, 7


async def test_a_worker_that_refuses_is_unavailable(transport: Transport) -> None:
    with refusing_port() as port:
        async with invoker_for(transport, f"http://127.0.0.1:{port}/") as invoker:
            assert await invoker.invoke(message()) == Unavailable("connection refused", unsent=True)


@pytest.mark.parametrize(
    "answer",
    [
        stay_silent(),
        drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100, interval=0.01),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1_000, interval=0.01),
    ],
    ids=["silent", "drips its head", "drips its body"],
)
async def test_the_time_limit_of_the_caller_ends_a_call(transport: Transport, answer: Answer) -> None:
    async with RawWorker(answer, respond()) as worker, invoker_for(transport, worker.url) as invoker:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await invoker.invoke(message())
        await worker.until(lambda worker: worker.open == 0)
        assert await invoker.invoke(message()) == Succeeded()


# Row 8


@pytest.mark.parametrize(
    "answer",
    [
        respond_and_reset(b"HTTP/1.1 200 OK\r\n"),
        half_close(b"HTTP/1.1 200 OK\r\nContent-Le"),
        respond_and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntruncated"),
        respond_and_close(b"\x00\xff garbage"),
        respond(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        flood(b"HTTP/1.1 200 OK\r\n", piece=b"X-Filler: " + b"f" * 1_000 + b"\r\n", times=5_000),
    ],
    ids=["reset in head", "half-closed", "truncated", "garbage", "two lengths", "5 MB head"],
)
async def test_an_answer_that_cannot_be_read_is_a_failure(transport: Transport, answer: Answer) -> None:
    assert isinstance(await outcome_of(transport, answer), Failed)


@pytest.mark.parametrize(
    "answer",
    [respond_and_reset(), respond_and_close(b""), half_close(b"")],
    ids=["reset", "closed", "half-closed"],
)
async def test_a_new_connection_that_ends_before_the_answer_begins_is_unavailable(
    transport: Transport, answer: Answer
) -> None:
    outcome = await outcome_of(transport, answer)
    assert isinstance(outcome, Unavailable)
    assert not outcome.unsent


async def test_an_interim_answer_is_not_the_answer(transport: Transport) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    final = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
    assert await outcome_of(transport, respond(interim + final)) == Failed("status 500")


async def test_a_message_whose_connection_closes_in_the_moment_of_sending_is_interrupted_and_not_sent_twice() -> None:
    worker = RawWorker(respond_and_reset_at_next_request(), respond())
    async with worker, invoker_for(Http11Exchange, worker.url) as invoker:
        assert await invoker.invoke(message("first")) == Succeeded()
        assert isinstance(await invoker.invoke(message("second")), Interrupted)
        assert await invoker.invoke(message("third")) == Succeeded()
    assert [body_of(request) for request in worker.requests] == [b"first", b"third"]


# Row 9


async def test_a_huge_answer_is_read_no_further_than_needed(transport: Transport) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n"
    assert await outcome_of(transport, flood(head, piece=bytes(50_000), times=4_000)) == Succeeded()


# Row 10, 11


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status(b"200 OK"), Succeeded()),
        (
            status(b"302 Found", b"Location: http://169.254.169.254/latest/"),
            Failed("status 302, redirects are not followed"),
        ),
        (status(b"308 Permanent Redirect", b"Location: /elsewhere"), Failed("status 308, redirects are not followed")),
        (status(b"404 Not Found"), Failed("status 404")),
        (status(b"429 Too Many Requests", b"Retry-After: 30"), RetryLater(30.0, "status 429", full=True)),
        (status(b"500 No", b"Retry-After:\tWed, 18 Feb 2015 12:02:00 GMT "), RetryLater(120.0, "status 500")),
        (status(b"502 Bad Gateway"), Unavailable("status 502")),
        (status(b"503 No", b"RETRY-AFTER: 5"), Unavailable("status 503", after=5.0, full=True)),
        (status(b"502 No", b"Retry-After: 5"), Unavailable("status 502", after=5.0)),
        (status(b"500 No", b"x-sqsd-Disposition: delete"), Succeeded()),
    ],
)
async def test_an_answer_becomes_its_outcome(transport: Transport, answer: Answer, expected: Outcome) -> None:
    assert await outcome_of(transport, answer) == expected


async def test_a_header_behind_the_body_is_not_obeyed(transport: Transport) -> None:
    trailer = b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sqsd-Disposition: delete\r\n\r\n"
    assert await outcome_of(transport, respond(trailer)) == Failed("status 500")


# Row 12

#: the names that a request may carry, whatever a message says
KNOWN = {
    *(b"accept-encoding", b"connection", b"content-length", b"content-type", b"host", b"user-agent"),
    *(b"x-aws-sqsd-msgid", b"x-aws-sqsd-queue", b"x-aws-sqsd-receive-count", b"x-sqsd-deadline"),
    *(b"x-aws-sqsd-sender-id", b"x-sqsd-group-id", b"x-amzn-trace-id", b"traceparent", b"tracestate"),
}
hostile_text = st.text(max_size=40) | st.sampled_from(
    [
        "\r\nX-Evil: 1",
        "a\nX-Evil: 1",
        "\rX-Evil: 1",
        "\0",
        "x\r\n\r\nGET / HTTP/1.1\r\nHost: evil\r\n\r\n",
        "ž🧀",
        "\x85",
    ]
)
hostile_names = st.text(max_size=256) | st.sampled_from(
    ["Host", "Content-Length", "Transfer-Encoding", "X: 1\r\nX-Evil", "n" * 256, "traceparent", "tracestate", " "]
)


@st.composite
def hostile_messages(draw: st.DrawFn) -> Message:
    attributes = draw(st.dictionaries(hostile_names, hostile_text, max_size=10))
    return Message(
        id=MessageId("m-1"),
        receipt=ReceiptHandle("r-secret"),
        body=draw(st.text(max_size=200)),
        sender_id=draw(st.none() | hostile_text),
        group_id=draw(st.none() | hostile_text),
        trace_header=draw(st.none() | hostile_text),
        attributes={name: MessageAttribute(data_type="String", value=value) for name, value in attributes.items()},
    )


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_no_message_injects_anything_into_its_request(runner: asyncio.Runner, transport: Transport) -> None:
    @given(hostile_messages())
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(hostile: Message) -> None:
        request = runner.run(raw_request(transport, hostile))
        names = [name.lower() for name, _ in as_a_worker_reads_it(request, body=hostile.body.encode())]
        ours = [name for name in names if not name.startswith(b"x-aws-sqsd-attr-")]
        assert len(ours) == len(set(ours))
        assert set(ours) <= KNOWN
        assert b"r-secret" not in request

    holds()


async def raw_request(transport: Transport, hostile: Message) -> bytes:
    async with RawWorker() as worker, invoker_for(transport, worker.url) as invoker:
        assert await invoker.invoke(hostile) == Succeeded()
    [request] = worker.requests
    return request


def as_a_worker_reads_it(request: bytes, *, body: bytes) -> list[tuple[bytes, bytes]]:
    """Parse the bytes anew; what they hold is one request and nothing else."""
    worker = h11.Connection(h11.SERVER)
    worker.receive_data(request)
    head = worker.next_event()
    assert isinstance(head, h11.Request)
    assert head.method == b"POST"
    assert head.target == b"/jobs"
    received = b""
    while isinstance(event := worker.next_event(), h11.Data):
        received += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert received == body
    assert worker.trailing_data == (b"", False)
    return list(head.headers)


async def test_a_message_with_hostile_attributes_is_delivered_all_the_same(transport: Transport) -> None:
    worker = RawWorker()
    async with worker, invoker_for(transport, worker.url) as invoker:
        evil = message("body", evil="a\r\nX-Evil: 1", cheese="käse", Host="evil.example")
        assert await invoker.invoke(evil) == Succeeded()
    lines = header_lines(worker.requests[0])
    assert b"X-Aws-Sqsd-Attr-cheese: k%C3%A4se" in lines
    assert b"X-Aws-Sqsd-Attr-Host: evil.example" in lines
    assert b"Host: 127.0.0.1:%d" % worker.port in lines
    assert not any(b"evil:" in line.lower() for line in lines)


# Row 13


@pytest.mark.parametrize("body", ["x", "🧀" * 262_144, "\r\n\0é" * 50_000], ids=["1 B", "1 MiB", "odd"])
async def test_a_body_arrives_byte_for_byte(transport: Transport, body: str) -> None:
    worker = RawWorker()
    async with worker, invoker_for(transport, worker.url) as invoker:
        assert await invoker.invoke(message(body)) == Succeeded()
    assert body_of(worker.requests[0]) == body.encode()


# The probes


@pytest.mark.parametrize(("line", "healthy"), [(b"204 No Content", True), (b"503 No", False)])
async def test_a_health_check_is_a_get(transport: Transport, line: bytes, *, healthy: bool) -> None:
    async with (
        RawWorker(respond_and_close(b"HTTP/1.1 " + line + b"\r\n\r\n")) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0, method="GET") as exchange,
    ):
        assert await HttpProbe(clock=SystemClock(), exchange=exchange, timeout=5.0).probe() is healthy
    assert worker.requests[0].startswith(b"GET /jobs HTTP/1.1\r\n")


async def test_a_worker_that_accepts_connections_can_be_tried_again(tmp_path: Path) -> None:
    async with RawWorker() as tcp, RawWorker(socket_path=tmp_path / "worker.sock") as unix:
        assert await ConnectProbe(clock=SystemClock(), url=tcp.url, timeout=5.0).probe()
        assert await ConnectProbe(clock=SystemClock(), url=unix.url, timeout=5.0).probe()


async def test_a_worker_that_refuses_connections_is_still_away(tmp_path: Path) -> None:
    with refusing_port() as port:
        assert not await ConnectProbe(clock=SystemClock(), url=f"http://127.0.0.1:{port}/", timeout=5.0).probe()
    assert not await ConnectProbe(
        clock=SystemClock(), url=f"http+unix://{str(tmp_path).replace('/', '%2F')}/", timeout=5.0
    ).probe()


@pytest.mark.parametrize("end", [lambda writer: writer.close(), lambda writer: writer.write(b"HTTP/1.1 200 OK")])
async def test_a_worker_that_closes_or_speaks_before_it_is_asked_is_still_away(
    end: Callable[[asyncio.StreamWriter], None],
) -> None:
    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end(writer)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert not await ConnectProbe(clock=SystemClock(), url=url, timeout=5.0).probe()


async def test_a_health_check_on_another_port_does_not_stand_in_for_the_worker() -> None:
    with refusing_port() as port:
        async with (
            RawWorker() as health,
            Http11Exchange(url=health.url, connections=1, connect_timeout=5.0, method="GET") as exchange,
        ):
            worker = ConnectProbe(clock=SystemClock(), url=f"http://127.0.0.1:{port}/", timeout=5.0)
            assert not await HttpProbe(clock=SystemClock(), exchange=exchange, timeout=5.0, worker=worker).probe()
    assert len(health.requests) == 1
