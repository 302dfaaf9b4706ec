"""Whether Redis can keep locks: reachable, writable, and not evicting them."""

from collections.abc import Mapping
from typing import Any

from sqsd_adapters.cli.assembly.arguments import lazy, redis_url
from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core.errors import LockStoreUnavailable

KEEPS = "noeviction"


async def check_locks(settings: Settings) -> list[Finding]:
    """Look at Redis; other lock stores have nothing to look at from here."""
    if settings.LOCKER != "redis":
        return []
    inspect: Any = lazy("lock_store.redis.inspection:inspect")
    try:
        info = await inspect(url=redis_url(settings))
    except LockStoreUnavailable as error:
        hurts = "the daemon does not receive" if settings.LOCKER_REQUIRED else "the daemon works without locks"
        found = stop if settings.LOCKER_REQUIRED else warn
        return [found("Redis", f"{error}: until it answers, {hurts}", "start Redis, or correct REDIS_LOCKER_URL")]
    return [_judged(info)]


def _judged(info: Mapping[str, str]) -> Finding:
    policy = info.get("maxmemory_policy", KEEPS)
    if info.get("role") == "slave":
        fix = "use the primary's address in REDIS_LOCKER_URL or REDIS_LOCKER_HOST"
        return stop("Redis", "it is a read-only replica: no lock can be written", fix)
    if info.get("maxmemory", "0") != "0" and policy != KEEPS:
        return warn(
            "Redis",
            f"maxmemory-policy is {policy}: when memory is short, it drops locks, and jobs run twice",
            f"use a Redis of its own, or set the policy:\nredis-cli CONFIG SET maxmemory-policy {KEEPS}",
        )
    return ok("Redis", f"version {info.get('redis_version', 'unknown')}, a primary that evicts no locks")
