"""The exchange on httpx: slower than ``http11``, for whoever prefers a client that many use.

Of a worker that sends more than its answer, httpx reads the rest as the beginning of the next answer;
``http11`` closes such a connection.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import httpx

from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.exchange import KEEP_ALIVE, MAX_ANSWER, Answer, BadAnswer, Headers, NotConnected
from sqsd_adapters.transport.failures import refuses_our_certificate, why_not_connected
from sqsd_adapters.transport.tls import SYSTEM_TRUST, Tls


class HttpxExchange:
    """One httpx transport a connection: httpcore's pool takes time that grows with the square of its size.

    The transports are used bare, without an ``AsyncClient``, which would keep cookies and log URLs. Errors and units
    are those of ``Http11Exchange``.
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
        keep_alive: float = KEEP_ALIVE,
    ) -> None:
        self._address = Address.parse(url)
        self._connections = connections
        self._tls = tls
        self._method = method
        self._max_answer = max_answer
        self._keep_alive = keep_alive
        self._url = _url(self._address)
        self._headers = _own_headers(self._address)
        self._extensions = {
            "timeout": {"connect": connect_timeout},
            "target": self._address.target,
        }
        self._free = asyncio.Semaphore(connections)
        self._idle: list[httpx.AsyncHTTPTransport] = []

    async def __aenter__(self) -> Self:
        context = self._tls.context() if self._address.tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._idle = [self._transport(context) for _ in range(self._connections)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._idle:
            await transport.aclose()

    async def exchange(self, headers: Headers, body: bytes) -> Answer:
        async with self._free:
            # the one used last, so that few connections are kept alive and those are warm
            transport = self._idle.pop()
            try:
                with self._translated():
                    return await self._send(transport, headers, body)
            finally:
                self._idle.append(transport)

    async def _send(self, transport: httpx.AsyncHTTPTransport, headers: Headers, body: bytes) -> Answer:
        request = httpx.Request(
            self._method,
            self._url,
            headers=[*self._headers, *headers],
            content=body,
            extensions=dict(self._extensions),
        )
        response = await transport.handle_async_request(request)
        try:
            kept = await self._read(response)
        finally:
            # closes the connection, unless the answer was read to its end
            await response.aclose()
        lowered = [(name.lower(), value) for name, value in response.headers.raw]
        return Answer(status=response.status_code, headers=lowered, body=kept)

    async def _read(self, response: httpx.Response) -> bytes:
        kept = bytearray()
        async for part in response.aiter_raw():
            kept += part
            if len(kept) >= self._max_answer:
                break
        return bytes(kept[: self._max_answer])

    def _transport(self, context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=context,
            uds=self._address.socket_path,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=self._keep_alive),
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectTimeout as error:
            raise NotConnected(f"{self._address}: {why_not_connected(TimeoutError())}") from error
        except httpx.ConnectError as error:
            raise NotConnected(f"{self._address}: {why_not_connected(_root(error))}") from error
        except ssl.SSLError as error:
            if refuses_our_certificate(error):
                raise NotConnected(f"{self._address}: {why_not_connected(error)}") from error
            raise BadAnswer("the connection was lost") from error
        except (httpx.NetworkError, OSError) as error:
            raise BadAnswer("the connection was lost") from error
        except httpx.HTTPError as error:
            # its own words may quote the answer, or a header of ours
            raise BadAnswer("the answer is malformed or incomplete") from error


def _url(address: Address) -> httpx.URL:
    return httpx.URL(scheme="https" if address.tls else "http", host=address.host, port=address.port or None)


def _own_headers(address: Address) -> list[tuple[bytes, bytes]]:
    headers = [(b"Host", address.authority), (b"Accept-Encoding", b"identity")]
    if address.authorization is not None:
        headers.append((b"Authorization", address.authorization))
    return headers


def _root(error: BaseException) -> OSError:
    """Find the operating system's error, which httpx, httpcore and anyio wrap in turn."""
    found = OSError("no reason given")
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            found = cause
        # httpcore raises "from None", which hides the cause and leaves the context
        inner = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause.__cause__
        cause = inner or cause.__context__
    return found
