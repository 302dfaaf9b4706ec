"""Locks in a table of DynamoDB, shared by daemons that share no host and no Redis."""

from sqsd_adapters.lock_store.dynamodb.store import DynamoDbLockStore

__all__ = ["DynamoDbLockStore"]
