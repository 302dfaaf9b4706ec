"""Locks of several processes under one parent: the parent keeps the table, its children ask over sockets."""

from sqsd_adapters.lock_store.shared.connection import LockConnection
from sqsd_adapters.lock_store.shared.server import LockServer
from sqsd_adapters.lock_store.shared.store import SharedLockStore

__all__ = ["LockConnection", "LockServer", "SharedLockStore"]
