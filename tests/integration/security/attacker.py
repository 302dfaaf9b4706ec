"""Does to a gRPC monitor what it can until it is ended: ``python attacker.py PORT``; says "begun" on a line."""

from __future__ import annotations  # grpc's calls are generic in their stubs alone

import asyncio
import os
import sys
from contextlib import suppress

import grpc
import grpc.aio

WORKINGS = "/sqsd.MonitoringService/CurrentWorkings"
CHANNELS, CALLS = 8, 16
HUGE = bytes(10_000_000)
#: HTTP/2: the preface, and SETTINGS that leave no room for an answer
NO_ROOM = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + b"\x00\x04" + bytes(4)


async def flood(port: int, request: bytes) -> None:
    """Call as fast as answers come."""
    # a setting of its own, or gRPC shares one connection among equal channels
    own = (("grpc.use_local_subchannel_pool", 1),)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=own) as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(WORKINGS)
        while True:
            with suppress(grpc.aio.AioRpcError):
                await call(request, timeout=10)
            await asyncio.sleep(0)


async def read_slowly(port: int) -> None:
    """Hold connections that take no answer, and come back when they are closed."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(NO_ROOM)
            await reader.read()  # no more than frames of control ever comes
            writer.close()
        await asyncio.sleep(0.01)


async def come_and_go(port: int) -> None:
    """Connect, say something that is no HTTP/2, and leave."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n" + bytes(1_000))
            writer.close()
        await asyncio.sleep(0.002)


async def attack(port: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(CHANNELS):
            for _ in range(CALLS):
                group.create_task(flood(port, b""))
        group.create_task(flood(port, HUGE))
        for _ in range(2):
            group.create_task(read_slowly(port))
        group.create_task(come_and_go(port))
        sys.stdout.write("begun\n")
        sys.stdout.flush()


if __name__ == "__main__":
    # what is measured is the daemon, and not who gets the machine's few cores
    os.nice(10)
    asyncio.run(attack(int(sys.argv[1])))
