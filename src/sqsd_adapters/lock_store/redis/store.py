"""Makes the store: which Redis, which keys, how long a call may take."""

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.pipeline import Link
from sqsd_adapters.lock_store.pipelined import PipelinedLockStore
from sqsd_adapters.lock_store.redis.wire import key_prefix


class RedisLockStore(PipelinedLockStore):
    """Locks shared by all daemons of one queue that use the same ``prefix``.

    ``url`` is ``redis://[[user]:password@]host[:port][/database]``, ``rediss://…`` or ``unix:///path``, of
    one server; a cluster is out of scope, since a call's keys lie in many slots. Every operation ends within
    ``timeout`` seconds, and fails at once for ``pause`` seconds after one that failed. Every key carries a
    time to live, so that nothing grows. The constructor raises ConfigurationError for another kind of URL, and
    where the extra ``redis`` is not installed.
    """

    def __init__(
        self, *, url: str, queue_url: str, prefix: str = "sqsd", timeout: float = 0.5, pause: float = 1.0
    ) -> None:
        super().__init__(link=_link(url, key_prefix(prefix, queue_url)), timeout=timeout, pause=pause)


def _link(url: str, prefix: str) -> Link:
    try:
        from sqsd_adapters.lock_store.redis.link import RedisLink  # noqa: PLC0415 - redis is an extra
    except ModuleNotFoundError as error:
        raise ConfigurationError("locks in Redis need the extra redis: pip install 'sqsd[redis]'") from error
    return RedisLink(url=url, prefix=prefix)
