"""Locks in Redis, shared by all daemons of a queue."""

from sqsd_adapters.lock_store.redis.store import RedisLockStore

__all__ = ["RedisLockStore"]
