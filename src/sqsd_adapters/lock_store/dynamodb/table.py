"""Makes the lock table where that was asked for: on-demand billing, and a time to live."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.dynamodb.errors import code_of
from sqsd_adapters.lock_store.dynamodb.wire import EXPIRES, KEY

LOOK_AGAIN = 0.5  # seconds; a table takes about ten to be made
LIMIT = 60.0  # seconds
PATIENCE = 5.0  # seconds for each call of a start; a lookup of the name may hang for longer

T = TypeVar("T")

_SET_BEFORE = frozenset({"ValidationException", "ResourceInUseException"})  # here or by another daemon, just now

_KEY_SCHEMA = [{"AttributeName": KEY, "KeyType": "HASH"}]


async def in_time(call: Awaitable[T]) -> T:
    """Await a call of a start; raises TimeoutError after ``PATIENCE``."""
    async with asyncio.timeout(PATIENCE):
        return await call


async def ensure_table(client: Any, table: str) -> None:  # noqa: ANN401 - the SDK's client is untyped
    """Make the table unless there is one, and wait until it can be used; several daemons may do so at once.

    Raises:
        ConfigurationError: it has another key, or is not ready in time
        ClientError: a right is missing
        TimeoutError: DynamoDB does not answer
    """
    described = await _described(client, table)
    is_new = described is None
    if is_new:
        await _create(client, table)
        described = await _ready(client, table)
    if described["KeySchema"] != _KEY_SCHEMA:
        raise ConfigurationError(f"the table {table} cannot hold locks: its primary key must be {KEY} alone")
    if described["TableStatus"] == "CREATING":
        await _ready(client, table)
    # Also for a table that existed: the daemon that created it may have ended before this step.
    await _expire_items(client, table, is_new=is_new)


async def _described(client: Any, table: str) -> Any:  # noqa: ANN401 - as above
    try:
        return (await in_time(client.describe_table(TableName=table)))["Table"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise


async def _create(client: Any, table: str) -> None:  # noqa: ANN401 - as above
    try:
        await in_time(
            client.create_table(
                TableName=table,
                AttributeDefinitions=[{"AttributeName": KEY, "AttributeType": "S"}],
                KeySchema=_KEY_SCHEMA,
                BillingMode="PAY_PER_REQUEST",
            )
        )
    except ClientError as error:
        if code_of(error) != "ResourceInUseException":  # another daemon makes it
            raise


async def _ready(client: Any, table: str) -> Any:  # noqa: ANN401 - as above
    try:
        async with asyncio.timeout(LIMIT) as limit:
            while True:
                described = await _described(client, table)
                if described is not None and described["TableStatus"] == "ACTIVE":
                    return described
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        if not limit.expired():  # a call was not answered
            raise
        raise ConfigurationError(f"the lock table {table} is not ready after {LIMIT:.0f} seconds") from None


async def _expire_items(client: Any, table: str, *, is_new: bool) -> None:  # noqa: ANN401 - as above
    """A table that a person made may be one whose time to live is not for us to set."""
    accepted = _SET_BEFORE if is_new else _SET_BEFORE | {"AccessDeniedException"}
    try:
        wanted = {"Enabled": True, "AttributeName": EXPIRES}
        await in_time(client.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted))
    except ClientError as error:
        if code_of(error) not in accepted:
            raise
