"""What both transports need of a connection: whether it is quiet, and what arrived before it was lost."""

import asyncio
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from sqsd_adapters.transport.liveness import be_patient

if TYPE_CHECKING:
    from sqsd_adapters.transport.tls import TlsState

PIECE = 65_536  # bytes per read, and asyncio's high-water mark: what a worker that does not read makes us copy


class Link(asyncio.Protocol):
    """A protocol on a connected socket, which belongs to the loop's transport from ``connection_made`` on."""

    _transport: asyncio.Transport
    #: the transport's own, which is called for each request
    is_closing: Callable[[], bool]

    def __init__(self, *, connected: socket.socket) -> None:
        self._socket = connected
        self._made = False
        self._tls: TlsState | None = None
        #: the socket once more, as long as a large body is sent encrypted
        self._spare: socket.socket | None = None
        self._paused = False
        self.descriptor = connected.fileno()
        self._readable = select.poll()
        self._readable.register(self.descriptor, select.POLLIN)
        #: with 0, tells what there is to read: the end of the stream, or an answer
        self.poll = self._readable.poll
        #: what ended the connection, where that was no ordinary end
        self.error: Exception | None = None

    @property
    def is_open(self) -> bool:
        return self._made and not self._transport.is_closing()

    @property
    def is_ready(self) -> bool:
        """Open, with nothing waiting to be read: neither the end of the stream nor an answer to no request.

        Asks the system, since what has arrived reaches ``data_received`` a turn of the loop later at best.
        """
        return self._made and not self._transport.is_closing() and not self.poll(0)

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._close_spare()
        if self._made:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_closing = self._transport.is_closing
        self._made = True
        self._tls = transport.get_extra_info("ssl_object")
        if hasattr(transport, "max_size"):
            # asyncio's own: a buffer of 256 KiB is allocated for each read, at seven times the time of one of 64 KiB
            transport.max_size = PIECE

    def _expect_much(self) -> None:
        """Prepare for a body that the system does not take at once."""
        be_patient(self._socket)
        if self._tls is not None and self._spare is None:
            # the loop has closed its own before it reports the loss of an encrypted connection
            with suppress(OSError):
                self._spare = self._socket.dup()

    def _close_spare(self) -> None:
        if self._spare is not None:
            self._spare.close()
            self._spare = None

    def _unread(self) -> Iterator[bytes]:
        """Read what the system still holds of a connection that was lost.

        A worker that answers before it has read the request resets the connection. The answer has arrived then, and
        an error in writing keeps the loop from reading it.
        """
        connected = self._socket if self._tls is None else self._spare
        try:
            while connected is not None and (data := connected.recv(PIECE)):
                if self._tls is None:
                    yield data
                else:
                    yield from self._tls.decrypt(data)
        except OSError:
            return
        finally:
            self._close_spare()
