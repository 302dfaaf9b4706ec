"""Whether the lock store can keep locks: reachable, ours, writable with these rights, and not evicting them."""

from collections.abc import Mapping
from typing import Any

from sqsd_adapters.cli.assembly.arguments import lazy, queue_region, redis_prefix, redis_url
from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.settings.selections import lock_store_kind
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock

KEEPS = "noeviction"
LEASE = 1.0  # seconds
TIMEOUT = 5.0  # seconds; the first call also connects, and looks for credentials

#: more than one, as messages are locked together; no message has such an id
_LOCKS = tuple(Lock(MessageId(f"sqsd-check-{number}"), "sqsd-check") for number in range(3))


async def check_locks(settings: Settings) -> list[Finding]:
    """Test the lock store; those in memory and those of extensions cannot be tested from here."""
    match lock_store_kind(settings, None):
        case "redis":
            return [await _redis(settings)]
        case "dynamodb":
            return [await _dynamodb(settings)]
        case "sqlite":
            return [_sqlite(settings)]
        case _:
            return []


async def _redis(settings: Settings) -> Finding:
    inspect: Any = lazy("lock_store.redis.inspection:inspect")
    store: Any = lazy("lock_store.redis:RedisLockStore")
    try:
        info = await inspect(url=redis_url(settings))
        if (found := _unfit(info)) is not None:
            return found
        async with store(
            url=redis_url(settings),
            queue_url=settings.QUEUE_URL,
            prefix=redis_prefix(settings),
            timeout=TIMEOUT,
        ) as locks:
            await locks.acquire(_LOCKS, lease=LEASE)
            await locks.release(_LOCKS)
    except LockStoreUnavailable as error:
        return _away(settings, "Redis", error, "let Redis answer and write for this user, or correct REDIS_LOCKER_URL")
    return _judged(info)


async def _dynamodb(settings: Settings) -> Finding:
    store: Any = lazy("lock_store.dynamodb:DynamoDbLockStore")
    table = settings.DYNAMODB_LOCKER_TABLE
    missing: Any = lazy("lock_store.dynamodb.errors:missing")
    try:
        async with store(
            table=table,
            queue_url=settings.QUEUE_URL,
            clock=SystemClock(),
            region=queue_region(settings),
            timeout=TIMEOUT,
        ) as locks:
            await locks.release(_LOCKS)
    except LockStoreUnavailable as error:
        return _away(settings, "lock table", error, "let DynamoDB answer, or use another lock store")
    except ConfigurationError as error:
        if settings.DYNAMODB_LOCKER_CREATE and missing(error=error):
            return ok("lock table", f"{table} does not exist; the daemon creates it at its start")
        return stop("lock table", f"{error}: the daemon does not start", "correct this first")
    return ok("lock table", f"{table} may be written")


def _sqlite(settings: Settings) -> Finding:
    examine: Any = lazy("lock_store.sqlite.file:examine")
    try:
        examine(path=settings.SQLITE_LOCKER_PATH)
    except ConfigurationError as error:
        return stop("lock file", f"{error}: the daemon does not start", "choose another path, or grant the rights")
    return ok("lock file", "this user may write it")


def _away(settings: Settings, name: str, error: LockStoreUnavailable, fix: str) -> Finding:
    if settings.LOCKER_REQUIRED:
        return stop(name, f"{error}: until that ends, the daemon does not receive", fix)
    return warn(name, f"{error}: until that ends, the daemon works without locks", fix)


def _unfit(info: Mapping[str, str]) -> Finding | None:
    """What no lock can be kept in, however long the daemon waits."""
    if info.get("role") == "slave":
        fix = "use the primary's address in REDIS_LOCKER_URL or REDIS_LOCKER_HOST"
        return stop("Redis", "it is a read-only replica: no lock can be written", fix)
    if info.get("cluster_enabled") == "1":
        return stop(
            "Redis",
            "it is a cluster, which does not lock several messages in one call",
            "use a Redis without cluster mode, or another lock store",
        )
    return None


def _judged(info: Mapping[str, str]) -> Finding:
    if "maxmemory_policy" not in info:
        return ok("Redis", "locks can be written; this user may not ask whether it evicts them (INFO)")
    policy = info["maxmemory_policy"]
    if info.get("maxmemory", "0") != "0" and policy != KEEPS:
        return warn(
            "Redis",
            f"maxmemory-policy is {policy}: when memory is short, it drops locks, and jobs run twice",
            f"use a Redis of its own, or set the policy:\nredis-cli CONFIG SET maxmemory-policy {KEEPS}",
        )
    return ok("Redis", f"version {info.get('redis_version', 'unknown')}, a primary that evicts no locks")
