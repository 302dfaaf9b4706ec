"""When requests are sent, over connections that only look like some and pipes that stand in for their sockets."""

import asyncio
import os
from collections.abc import Iterator
from typing import cast

import pytest

from sqsd_adapters.transport.connection import Connection, Waiting
from sqsd_adapters.transport.outbox import Outbox


class FakeConnection:
    def __init__(self) -> None:
        self.descriptor, self.other_end = os.pipe()
        self.reusable = True
        self.is_open = True
        self.sent: list[bytes] = []

    def is_closing(self) -> bool:
        return not self.is_open

    def send(self, head: bytes, body: bytes, _: Waiting) -> None:
        self.sent.append(head + body)

    def close(self) -> None:
        os.close(self.descriptor)
        os.close(self.other_end)


@pytest.fixture
def connections() -> Iterator[list[FakeConnection]]:
    made = [FakeConnection() for _ in range(3)]
    yield made
    for connection in made:
        connection.close()


def add(outbox: Outbox, connection: FakeConnection, body: bytes = b"") -> Waiting:
    future: Waiting = asyncio.get_running_loop().create_future()
    outbox.add(cast("Connection", connection), b"head ", body, future)
    return future


async def test_requests_are_sent_when_the_turn_ends(connections: list[FakeConnection]) -> None:
    outbox = Outbox()
    for number, connection in enumerate(connections):
        add(outbox, connection, b"%d" % number)
    assert [connection.sent for connection in connections] == [[], [], []]
    await asyncio.sleep(0)
    assert [connection.sent for connection in connections] == [[b"head 0"], [b"head 1"], [b"head 2"]]


async def test_a_request_of_a_later_turn_is_sent_too(connections: list[FakeConnection]) -> None:
    outbox = Outbox()
    for connection in connections:
        add(outbox, connection)
        await asyncio.sleep(0)
    assert [connection.sent for connection in connections] == [[b"head "]] * 3


async def test_what_was_flushed_early_is_not_sent_again(connections: list[FakeConnection]) -> None:
    outbox = Outbox()
    add(outbox, connections[0])
    outbox.flush()
    await asyncio.sleep(0)
    assert connections[0].sent == [b"head "]


async def test_a_connection_with_something_to_read_carries_no_request(connections: list[FakeConnection]) -> None:
    outbox = Outbox()
    futures = [add(outbox, connection) for connection in connections]
    os.write(connections[1].other_end, b"an answer to nothing")
    outbox.flush()
    assert [connection.sent for connection in connections] == [[b"head "], [], [b"head "]]
    assert futures[1].result() is None
    assert not futures[0].done()


async def test_a_connection_that_was_closed_meanwhile_carries_no_request(connections: list[FakeConnection]) -> None:
    outbox = Outbox()
    futures = [add(outbox, connection) for connection in connections]
    connections[0].is_open = False
    outbox.flush()
    assert [connection.sent for connection in connections] == [[], [b"head "], [b"head "]]
    assert futures[0].result() is None


async def test_a_cancelled_request_is_not_sent_and_its_connection_not_kept(connections: list[FakeConnection]) -> None:
    outbox = Outbox()
    futures = [add(outbox, connection) for connection in connections]
    futures[2].cancel()
    outbox.flush()
    assert [connection.sent for connection in connections] == [[b"head "], [b"head "], []]
    assert not connections[2].reusable
