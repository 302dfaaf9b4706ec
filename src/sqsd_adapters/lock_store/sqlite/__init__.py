"""Locks in a file of SQLite, shared by all daemons of one host."""

from sqsd_adapters.lock_store.sqlite.store import SqliteLockStore

__all__ = ["SqliteLockStore"]
