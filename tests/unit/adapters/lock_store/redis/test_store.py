"""Making a store, before anything is opened."""

import sys

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://user:p%40ss@localhost:6380/3",
        "rediss://localhost/0?ssl_ca_certs=/etc/ssl/ca.pem",
        "unix:///run/redis.sock?db=1",
        "unix://user:password@/run/redis.sock",
    ],
)
def test_these_addresses_are_accepted(url: str) -> None:
    RedisLockStore(url=url, queue_url="https://queue")


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://localhost",
        "redis://:hunter2/@localhost",
        "redis://:hunter2@localhost:port",
        "redis://:hunter2@localhost/jobs",
        "redis://:hunter2@localhost?db=hunter2",
        "",
    ],
)
def test_other_addresses_are_refused_without_showing_them(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not a Redis address") as raised:
        RedisLockStore(url=url, queue_url="https://queue")

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "option", ["ssl_cert_reqs=none", "ssl_check_hostname=false", "retry_on_timeout=true", "socket_timeout=60"]
)
def test_an_option_that_weakens_verification_or_the_time_limits_is_refused(option: str) -> None:
    name = option.partition("=")[0]

    with pytest.raises(ConfigurationError, match=f"unknown option in the Redis address: {name}"):
        RedisLockStore(url=f"rediss://localhost?{option}", queue_url="https://queue")


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio.connection", None)
    monkeypatch.delitem(sys.modules, "sqsd_adapters.lock_store.redis.link", raising=False)

    with pytest.raises(ConfigurationError, match=r"pip install 'sqsd\[redis\]'"):
        RedisLockStore(url="redis://localhost", queue_url="https://queue")


async def test_a_store_that_was_not_opened_is_unavailable() -> None:
    store = RedisLockStore(url="redis://localhost", queue_url="https://queue")

    with pytest.raises(LockStoreUnavailable):
        await store.release([Lock(MessageId("message"), "token")])
