"""What Redis says about itself, for a person who checks a configuration."""

import asyncio
import os
import re
from collections.abc import Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from sqsd_adapters.printable import printable
from sqsd_core.errors import LockStoreUnavailable

TIMEOUT = 5.0  # seconds

SECTIONS = ("server", "memory", "replication", "cluster")
_UNCONNECTED = re.compile(r"Error (\d{1,3}) connecting to (\S+)\. ")


async def inspect(*, url: str) -> Mapping[str, str]:
    """The fields of INFO; empty where this user may not ask for them.

    Raises:
        LockStoreUnavailable: it does not answer, or refuses the user.
    """
    client = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    try:
        async with asyncio.timeout(TIMEOUT):
            return await _info(client)
    except TimeoutError:
        raise LockStoreUnavailable(f"Redis does not answer within {TIMEOUT:g} s") from None
    except (RedisError, OSError) as error:
        raise LockStoreUnavailable(_said(str(error))) from None
    finally:
        await client.aclose()


def _said(text: str) -> str:
    """What the client says, with the system's words in place of its number for the cause."""
    if (failed := _UNCONNECTED.match(text)) is not None:
        return f"no connection to Redis at {printable(failed[2])}: {os.strerror(int(failed[1])).lower()}"
    return printable(text.rstrip("."))


async def _info(client: Redis) -> Mapping[str, str]:
    try:
        return {name: str(value) for name, value in (await client.info(*SECTIONS)).items()}
    except ResponseError:  # NOPERM
        return {}
