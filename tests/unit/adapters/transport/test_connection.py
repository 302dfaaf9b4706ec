"""What a connection asks of the loop's transport."""

import asyncio
import socket

from sqsd_adapters.transport.connection import Connection


async def test_asyncio_reads_into_pieces_that_are_cheap_to_allocate() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: Connection(connected=ours, max_answer=1, all_open=set()), sock=ours
        )
        assert transport.max_size == 65_536  # type: ignore[attr-defined]  # asyncio's own, in no type stub
        transport.close()
