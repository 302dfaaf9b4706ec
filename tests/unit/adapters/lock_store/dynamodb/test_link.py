"""A DynamoDB that never answers, as where the lookup of its name hangs: how long a start waits for it."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.dynamodb import DynamoDbLockStore
from sqsd_adapters.lock_store.dynamodb.table import LIMIT
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock

HANGS = None
LOCK = Lock(MessageId("message"), "ours")
TABLE = {"KeySchema": [{"AttributeName": "lock_id", "KeyType": "HASH"}], "TableStatus": "ACTIVE"}


class Client:
    """The SDK's session and its client in one; each call gives its answer, and what has none hangs."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def create_client(self, *_: object, **__: object) -> Self:
        return self

    async def __aenter__(self) -> Self:
        if self._answers.get("create_client", True) is HANGS:
            await asyncio.Event().wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(**_: object) -> Any:
            if operation not in self._answers:
                await asyncio.Event().wait()
            return self._answers[operation]

        return call


async def opened_within(client: Client, *, create: bool) -> float:
    """Open the store, and find it unavailable; returns the seconds that opening took."""
    made: Any = lambda: client  # noqa: E731 - a session for each look
    store = DynamoDbLockStore(
        table="locks", queue_url="https://q/1/jobs", clock=LoopClock(), create=create, session=made, pause=0.0
    )
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with store:
        took = loop.time() - began
        with pytest.raises(LockStoreUnavailable):
            await store.acquire([LOCK], lease=60.0)
    return took


@pytest.mark.parametrize(
    ("client", "create"),
    [
        (Client(), False),
        (Client(), True),
        (Client(describe_table={"Table": TABLE}), True),
        (Client(create_client=HANGS), False),
    ],
    ids=["the first write", "the look at the table", "the first write after that", "the credentials"],
)
async def test_a_start_waits_five_seconds_for_an_answer(client: Client, create: bool) -> None:
    assert await opened_within(client, create=create) == pytest.approx(5.0)


async def test_a_table_that_is_not_made_in_time_is_for_a_person() -> None:
    creating = Client(describe_table={"Table": TABLE | {"TableStatus": "CREATING"}})
    began = asyncio.get_running_loop().time()
    with pytest.raises(ConfigurationError, match="is not ready after 60 seconds"):
        await opened_within(creating, create=True)
    assert asyncio.get_running_loop().time() - began == pytest.approx(LIMIT)
