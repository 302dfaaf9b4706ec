"""Row 12: whatever messages and headers hold, a connection carries as many requests as there were messages."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

import h11
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sqsd_adapters.cli.values.headers import is_header_value, parse_headers
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Succeeded
from tests.support.http_invoker import RECEIPT, Transport, invoker_for, message

pytestmark = pytest.mark.integration

ATTRIBUTE = b"x-aws-sqsd-attr-"
#: what a request may carry besides attributes and static headers, each once
KNOWN = {
    *(b"accept-encoding", b"content-length", b"content-type", b"host", b"user-agent"),
    *(b"x-aws-sqsd-msgid", b"x-aws-sqsd-queue", b"x-aws-sqsd-receive-count", b"x-sqsd-deadline"),
    *(b"x-aws-sqsd-sender-id", b"x-sqsd-group-id", b"x-amzn-trace-id", b"x-aws-sqsd-path"),
    *(b"traceparent", b"tracestate", b"baggage"),
    b"connection",  # of a transport that keeps none alive
}
#: attributes that have a header of their own
OWN_NAMES = {
    "traceparent": b"traceparent",
    "tracestate": b"tracestate",
    "baggage": b"baggage",
    "beanstalk.sqsd.path": b"x-aws-sqsd-path",
}
#: what frames a request or says whose it is, so that nobody sets it but the daemon
FRAMING = {
    *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer"),
    *("expect", "accept-encoding", "content-type", "user-agent", "x-aws-sqsd-msgid", "x-sqsd-deadline"),
}
#: lines of visible ASCII, none of them folded: no reader of HTTP, however lenient, finds another line in it
HEAD = re.compile(rb"POST /jobs HTTP/1\.1\r\n(?:[!-~][\t -~]*\r\n)+\r\n")

SMUGGLED = "POST /evil HTTP/1.1\r\nHost: evil\r\nContent-Length: 0\r\n\r\n"
#: texts by which a header is ended, continued, doubled or read in two ways
LURES = (
    "\r\nX-Evil: 1",
    "\nX-Evil: 1",
    "\rX-Evil: 1",
    "folded\r\n X-Evil: 1",
    "folded\n\tX-Evil: 1",
    f"\r\n\r\n{SMUGGLED}",
    f"0\r\n\r\n{SMUGGLED}",
    "\0",
    "a\0b",
    "\x0b\x0c\x1b[2J\x7f",
    "\x85X-Evil: 1",
    "\u2028X-Evil: 1",
    "\u560a\u560dX-Evil: 1",  # CR and LF where UTF-16 is cut to its low bytes
    "\ud800",
    "chunked",
    "5",
    "%0d%0aX-Evil: 1",
    "\t blank \t",
    "ž🧀",
)
NAMES = (
    *("Host", "Content-Length", "Transfer-Encoding", "Connection", "Authorization", "Content-Type", "Expect"),
    *(
        "traceparent",
        "tracestate",
        "baggage",
        "beanstalk.sqsd.path",
        "X-Aws-Sqsd-Msgid",
        "X-Evil: 1",
        "X-Evil",
        ":authority",
    ),
    *("a\r\nX-Evil", "a:\r\n\r\n", "n" * 256, "é" * 256, "", " ", " folded", "\t", "a b"),
)
any_text = st.text(st.characters(), max_size=30)
texts = st.lists(any_text | st.sampled_from(LURES), max_size=3).map("".join)
visible = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.just("\t"), min_size=1, max_size=30)
names = st.text(st.characters(), max_size=256) | st.sampled_from(NAMES)


@st.composite
def hostile_messages(draw: st.DrawFn) -> Message:
    attributes = draw(st.dictionaries(names, texts, max_size=10))
    return Message(
        id=MessageId("m-1"),
        receipt=ReceiptHandle(RECEIPT),
        body=draw(texts | st.just(SMUGGLED)),
        sender_id=draw(st.none() | texts),
        group_id=draw(st.none() | texts),
        trace_header=draw(st.none() | texts),
        attributes={
            name: MessageAttribute(data_type=draw(st.sampled_from(["String", "Number.\r\n"])), value=value)
            for name, value in attributes.items()
        },
    )


@dataclass(frozen=True, slots=True)
class Read:
    """A request as a worker understands it."""

    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for given, value in self.headers if given == name]

    @property
    def ours(self) -> list[bytes]:
        """The names that are no attribute's."""
        return [name for name, _ in self.headers if not name.startswith(ATTRIBUTE)]


def requests_in(stream: bytes) -> list[Read]:
    """Read what was sent with h11, which shares no code with our own writer.

    What follows a request with ``Connection: close`` came over the next connection.
    """
    worker = h11.Connection(h11.SERVER)
    worker.receive_data(stream)
    found: list[Read] = []
    while isinstance(head := worker.next_event(), h11.Request):
        assert (head.method, head.target) == (b"POST", b"/jobs")
        body = b""
        while isinstance(event := worker.next_event(), h11.Data):
            body += event.data
        assert isinstance(event, h11.EndOfMessage)
        found.append(Read(list(head.headers), body))
        worker.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        worker.send(h11.EndOfMessage())
        worker = _next_cycle(worker)
    assert head is h11.NEED_DATA
    assert worker.trailing_data == (b"", False)
    return found


def _next_cycle(worker: h11.Connection) -> h11.Connection:
    if worker.our_state is not h11.MUST_CLOSE:
        worker.start_next_cycle()
        return worker
    rest, _ = worker.trailing_data
    worker = h11.Connection(h11.SERVER)
    if rest:  # nothing at all would be the end of the stream
        worker.receive_data(rest)
    return worker


class Conversation:
    """One kept-alive connection of one transport."""

    def __init__(self, *, transport: Transport, worker: RawWorker) -> None:
        self._transport = transport
        self._worker = worker

    async def carries(
        self,
        messages: Sequence[Message],
        *,
        headers: tuple[tuple[str, str], ...] = (),
        content_type: str = "application/json",
    ) -> list[Read]:
        """Deliver ``messages``, one behind the other, and return what a worker reads of them."""
        self._worker.requests.clear()
        async with invoker_for(
            self._transport, self._worker.url, headers=headers, content_type=content_type
        ) as invoker:
            for each in messages:
                assert await invoker.invoke(each) == Succeeded()
        for request in self._worker.requests:
            assert HEAD.match(request)
        read = requests_in(b"".join(self._worker.requests))
        assert [request.body for request in read] == [body_of(each) for each in messages]
        return read


def body_of(sent: Message) -> bytes:
    return sent.body.encode("utf-8", "surrogatepass")


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def conversation(runner: asyncio.Runner, transport: Transport) -> Iterator[Conversation]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Conversation]:
        async with RawWorker() as worker:
            yield Conversation(transport=transport, worker=worker)

    context = opened()
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


def test_no_message_adds_a_request_or_a_header_to_the_connection(
    runner: asyncio.Runner, conversation: Conversation
) -> None:
    @given(st.lists(hostile_messages(), min_size=1, max_size=4))
    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(hostile: list[Message]) -> None:
        for request, sent in zip(runner.run(conversation.carries(hostile)), hostile, strict=True):
            assert len(request.ours) == len(set(request.ours))
            assert set(request.ours) <= KNOWN
            assert request.values(b"content-length") == [b"%d" % len(body_of(sent))]
            assert request.values(b"content-type") == [b"application/json"]

    holds()


def test_an_attribute_that_arrives_has_the_value_that_was_sent(
    runner: asyncio.Runner, conversation: Conversation
) -> None:
    @given(texts)
    @settings(max_examples=60, deadline=None)
    def holds(value: str) -> None:
        [request] = runner.run(conversation.carries([message(cheese=value)]))
        arrived = request.values(ATTRIBUTE + b"cheese")
        if set(value) & set("\r\n\0"):
            assert arrived == []
        else:
            [text] = arrived
            # what is plain stays as it is; anything else is percent-encoded as a whole
            plain = value.isascii() and value.isprintable()
            decoded = text.decode() if plain else unquote(text.decode(), errors="surrogatepass")
            assert decoded == value.strip(" " if plain else " \t")

    holds()


def test_static_headers_are_refused_or_arrive_as_they_are(runner: asyncio.Runner, conversation: Conversation) -> None:
    lines = st.tuples(
        st.sampled_from(["X-Key", "Authorization", *NAMES, *FRAMING]) | names,
        st.sampled_from([": ", ":", "", "\t: "]),
        visible | texts,
    ).map("".join)

    @given(st.lists(lines, max_size=4).map("\n".join))
    @example("Authorization: Bearer a\tb")
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    def holds(text: str) -> None:
        try:
            headers = tuple(parse_headers(text))
        except ValueError:
            return
        [request] = runner.run(conversation.carries([message()], headers=headers))
        given_names = {name.lower().encode() for name, _ in headers}
        assert set(request.ours) <= KNOWN | given_names
        for name, value in headers:
            assert request.values(name.lower().encode()) == [value.encode()]

    holds()


@pytest.mark.parametrize("name", sorted(FRAMING))
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_no_static_header_frames_a_request_or_speaks_for_the_message(name: str, spelling: Callable[[str], str]) -> None:
    for text in (f"{spelling(name)}: chunked", f'{{"{spelling(name)}": "chunked"}}', f"X-Key: a\n{spelling(name)} : 1"):
        with pytest.raises(ValueError, match="cannot be set here"):
            parse_headers(text)


def test_a_content_type_is_refused_or_arrives_as_it_is(runner: asyncio.Runner, conversation: Conversation) -> None:
    @given(visible | texts)
    @settings(max_examples=60, deadline=None)
    @example("a/b;\tc=d")
    def holds(content_type: str) -> None:
        if not is_header_value(content_type):
            return
        [request] = runner.run(conversation.carries([message()], content_type=content_type))
        assert request.values(b"content-type") == [content_type.encode()]

    holds()


@pytest.mark.parametrize("name", NAMES)
async def test_no_name_of_an_attribute_is_more_than_an_attribute(transport: Transport, name: str) -> None:
    async with RawWorker() as worker:
        conversation = Conversation(transport=transport, worker=worker)
        plain, hostile = await conversation.carries([message("body"), message("body", **{name: "chunked"})])
    added = [header for header in hostile.headers if header not in plain.headers]
    allowed = {ATTRIBUTE + name.lower().encode(), OWN_NAMES.get(name, b"")}
    assert {header for header, _ in added} <= allowed
    assert len(hostile.body) == 4
