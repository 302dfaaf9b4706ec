"""Hypothesis strategies for answers of a worker, as bytes: valid, odd and hostile."""

import operator

from hypothesis import strategies as st

#: what RFC 9110 allows in a header's value, with blanks inside
_visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12)
values = st.lists(_visible, max_size=3).map(lambda words: " ".join(words).encode())
names = st.sampled_from(
    [b"X-One", b"x-two", b"X-THREE", b"Retry-After", b"X-Sqsd-Disposition", b"Set-Cookie", b"Location", b"Server"]
)
headers = st.lists(st.tuples(names, values), max_size=5)
reasons = st.sampled_from([b" OK", b" ", b"", b" I'm a teapot", b" caf\xc3\xa9"])
bodies = st.binary(max_size=300) | st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n\r\n", b"\r\n\r\n", b"0\r\n\r\n"])
interims = st.lists(
    st.sampled_from(
        [
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 102 Processing\r\nX-Sqsd-Disposition: delete\r\n\r\n",
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        ]
    ),
    max_size=2,
).map(b"".join)


def _head(status: int, reason: bytes, fields: list[tuple[bytes, bytes]]) -> bytes:
    lines = [b"HTTP/1.1 %d%s" % (status, reason), *(name + b": " + value for name, value in fields)]
    return b"\r\n".join(lines) + b"\r\n"


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    """Cut ``body`` into chunks, with extensions and trailers now and then."""
    raw = b""
    while body:
        size = draw(st.integers(1, len(body)))
        extension = draw(st.sampled_from([b"", b"", b";a=b", b";a"]))
        raw += b"%x%s\r\n%s\r\n" % (size, extension, body[:size])
        body = body[size:]
    trailer = draw(st.sampled_from([b"", b"", b"X-Sqsd-Disposition: delete\r\n"]))
    return raw + b"0\r\n" + trailer + b"\r\n"


@st.composite
def final(draw: st.DrawFn) -> bytes:
    """One complete answer, after which the worker closes."""
    status = draw(st.sampled_from([200, 201, 299, 301, 302, 400, 404, 429, 500, 502, 503, 599]))
    head = _head(status, draw(reasons), draw(headers))
    body = draw(bodies)
    match draw(st.sampled_from(["length", "chunks", "close", "none"])):
        case "length":
            framed = b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        case "chunks":
            framed = b"Transfer-Encoding: chunked\r\n\r\n" + draw(chunked(body))
        case "close":
            framed = b"Connection: close\r\n\r\n" + body
        case _:
            head = _head(draw(st.sampled_from([204, 304])), draw(reasons), draw(headers))
            framed = b"\r\n"
    return head + framed


def valid() -> st.SearchStrategy[bytes]:
    """A final answer, with interim ones before it now and then."""
    return st.builds(operator.add, interims, final())


#: bytes that different HTTP parsers may read differently
LURES = (
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: +1\r\n",
    b"Content-Length: 1, 1\r\n",
    b"Content-Length : 1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"transfer-encoding:\tchunked\r\n",
    b" folded\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b":",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/9.9",
    b"ffffffffffffffffffff\r\n",
    b"-1\r\n",
    b"0x1\r\n",
    b"\xff",
)


@st.composite
def hostile(draw: st.DrawFn) -> bytes:
    """A valid answer with bytes put in, taken out or overwritten."""
    raw = draw(valid())
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(raw)))
        end = draw(st.integers(begin, min(len(raw), begin + 6)) | st.just(begin))
        raw = raw[:begin] + draw(st.sampled_from(LURES) | st.binary(max_size=4)) + raw[end:]
    return raw


@st.composite
def truncated(draw: st.DrawFn) -> bytes:
    raw = draw(valid())
    return raw[: draw(st.integers(0, len(raw)))]


any_answer = valid() | hostile() | truncated() | st.binary(max_size=200)
