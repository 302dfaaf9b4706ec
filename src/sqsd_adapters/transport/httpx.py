"""The exchange on httpx: slower than ``http11``, for those who prefer a client that many use.

Bytes that a worker sends behind its answer cannot be seen through httpx, which reads them as the beginning of the
next answer. So no connection is used for a second request.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Self

import httpcore
import httpx

from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.dialer import Dialer
from sqsd_adapters.transport.exchange import (
    MAX_ANSWER,
    Answer,
    BadAnswer,
    NotConnected,
    RequestHeaders,
    Silent,
    Unanswered,
    pairs,
)
from sqsd_adapters.transport.failures import refuses_our_certificate, why_not_connected
from sqsd_adapters.transport.silence import Silence
from sqsd_adapters.transport.stream import Stream
from sqsd_adapters.transport.tls import SYSTEM_TRUST, Tls
from sqsd_adapters.transport.turns import Turns


class HttpxExchange:
    """One httpx transport per request, on a socket of ours; errors and units are those of ``Http11Exchange``.

    No connection is used again, so ``max_age`` changes nothing.

    The transports are used bare, without an ``AsyncClient``, which would keep cookies and log URLs. A new one per
    request leaves no state behind, whatever ended the request.
    """

    def __init__(
        self,
        *,
        url: str,
        connections: int,
        connect_timeout: float,
        tls: Tls = SYSTEM_TRUST,
        method: str = "POST",
        max_answer: int = MAX_ANSWER,
        max_age: float = inf,  # noqa: ARG002 - of both transports
        idle_timeout: float | None = None,
    ) -> None:
        self._address = Address.parse(url)
        self._dialer = Dialer(address=self._address, timeout=connect_timeout)
        self._turns = Turns(limit=connections)
        self._tls = tls
        self._method = method
        self._max_answer = max_answer
        self._url = _url(self._address)
        self._headers = _own_headers(self._address)
        self._silence = None if idle_timeout is None else Silence(limit=idle_timeout)

    async def __aenter__(self) -> Self:
        self._context = self._tls.context() if self._address.tls else None
        return self

    async def __aexit__(self, *_: object) -> None:
        """Each request has closed its connection."""
        if self._silence is not None:
            self._silence.close()

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        if not self._turns.take():
            await self._turns.wait()
        network = _Network(self._dialer, self._context, self._silence)
        try:
            with _translated(network):
                return await self._send(network, headers, body, target or self._address.target)
        finally:
            # not through httpx: closing its transport awaits, which a cancelled call may not be able to
            network.abort()
            self._turns.give_back()

    async def _send(self, network: "_Network", headers: RequestHeaders, body: bytes, target: bytes) -> Answer:
        request = httpx.Request(
            self._method,
            self._url,
            headers=[*self._headers, *pairs(headers)],
            content=body,
            extensions={"target": target},
        )
        response = await _Transport(network).handle_async_request(request)
        network.head_is_read()
        kept = await self._read(response)
        lowered = [(name.lower(), value) for name, value in response.headers.raw]
        return Answer(status=response.status_code, headers=lowered, body=kept)

    async def _read(self, response: httpx.Response) -> bytes:
        kept = bytearray()
        async for part in response.aiter_raw():
            kept += part
            if len(kept) >= self._max_answer:
                break
        return bytes(kept[: self._max_answer])


class _Network(httpcore.AsyncNetworkBackend):
    """Gives httpx a connection that was dialled and encrypted here, and ends it."""

    def __init__(self, dialer: Dialer, context: ssl.SSLContext | None, silence: Silence | None) -> None:
        self._dialer = dialer
        self._context = context
        self._silence = silence
        self.stream: Stream | None = None

    async def connect_tcp(self, *_: object, **__: object) -> Stream:
        self.stream = await self._dialer.open(Stream, self._context)
        if self._silence is not None:
            self._silence.watch(self.stream, asyncio.get_running_loop())
        return self.stream

    def head_is_read(self) -> None:
        if self.stream is not None:
            self.stream.head_is_read = True

    def abort(self) -> None:
        if self.stream is not None:
            if self._silence is not None:
                self._silence.forget(self.stream)
            self.stream.abort()


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's own transport, whose constructor takes no network."""

    def __init__(self, network: _Network) -> None:
        self._pool = httpcore.AsyncConnectionPool(max_keepalive_connections=0, network_backend=network)


@contextmanager
def _translated(network: _Network) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        stream = network.stream
        if stream is not None and stream.silence:
            raise Silent(stream.silence) from error
        if stream is not None and refuses_our_certificate(stream.error):
            raise NotConnected(why_not_connected(stream.error)) from error
        if stream is not None and stream.is_unanswered:
            raise Unanswered("the connection ended before the first byte of an answer") from error
        if isinstance(error, httpx.NetworkError):
            raise BadAnswer("the connection was lost") from error
        # its own words may quote the answer, or a header of ours
        raise BadAnswer("the answer is malformed or incomplete") from error


def _url(address: Address) -> httpx.URL:
    # never https: the network encrypts, and httpx would do so once more
    return httpx.URL(scheme="http", host=address.host, port=address.port or None)


def _own_headers(address: Address) -> list[tuple[bytes, bytes]]:
    headers = [(b"Host", address.authority), (b"Accept-Encoding", b"identity"), (b"Connection", b"close")]
    if address.authorization is not None:
        headers.append((b"Authorization", address.authorization))
    return headers
