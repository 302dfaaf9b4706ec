"""A redis-server for each test."""

from tests.support.redis_server import redis_server

__all__ = ["redis_server"]
