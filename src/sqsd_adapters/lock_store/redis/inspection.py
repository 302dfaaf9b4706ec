"""What Redis says about itself, for a person who checks a configuration."""

import asyncio
from collections.abc import Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from sqsd_adapters.printable import printable
from sqsd_core.errors import LockStoreUnavailable

TIMEOUT = 5.0  # seconds

SECTIONS = ("server", "memory", "replication")


async def inspect(*, url: str) -> Mapping[str, str]:
    """The fields of INFO; empty where this user may not ask for them.

    Raises:
        LockStoreUnavailable: it does not answer, or refuses the user.
    """
    client = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    try:
        async with asyncio.timeout(TIMEOUT):
            await client.ping()
            return await _info(client)
    except TimeoutError:
        raise LockStoreUnavailable(f"Redis does not answer within {TIMEOUT:g} s") from None
    except (RedisError, OSError) as error:
        raise LockStoreUnavailable(printable(str(error).rstrip("."))) from None
    finally:
        await client.aclose()


async def _info(client: Redis) -> Mapping[str, str]:
    try:
        return {name: str(value) for name, value in (await client.info(*SECTIONS)).items()}
    except ResponseError:  # NOPERM
        return {}
