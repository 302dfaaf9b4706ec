"""Redis over TLS, as a user who may do no more than locks need."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Claim, Lock
from tests.integration.cli.conftest import House
from tests.support.certificates import Authority
from tests.support.command import command
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.integration

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
PASSWORD = "p@ss/word"
ENCODED = "p%40ss%2Fword"
#: as SECURITY.md has it
LEAST = "~sqsd:* +evalsha +eval +get +set +pexpire +pttl +del"


def documented_rights() -> str:
    document = (Path(__file__).parents[3] / "SECURITY.md").read_text()
    return document.partition("ACL SETUSER sqsd on >PASSWORD ")[2].partition("\n")[0]


@pytest.fixture
async def server(tmp_path: Path, authority: Authority) -> AsyncIterator[RedisServer]:
    """A redis-server that speaks TLS beside its plain port, and knows one user of few rights."""
    pem, ca_file = str(authority.issue("localhost")), str(authority.ca_file)
    free = RedisServer(directory=tmp_path).port
    tls = ["--tls-port", str(free), "--tls-cert-file", pem, "--tls-key-file", pem, "--tls-ca-cert-file", ca_file]
    users = ["--user", "sqsd", "on", f">{PASSWORD}", *LEAST.split()]
    arguments = [*tls, "--tls-auth-clients", "no", *users]
    server = RedisServer(directory=tmp_path, arguments=arguments)
    async with server:
        server.tls_port = free  # type: ignore[attr-defined]  # of this test alone
        yield server


def address(server: RedisServer, *, password: str = ENCODED, host: str = "localhost", **query: object) -> str:
    options = "&".join(f"{name}={value}" for name, value in query.items())
    return f"rediss://sqsd:{password}@{host}:{server.tls_port}?{options}"  # type: ignore[attr-defined]  # as above


def lock(name: str, token: str = "ours") -> Lock:
    return Lock(MessageId(name), token)


def test_the_least_rights_are_the_documented_ones() -> None:
    assert documented_rights() == LEAST


async def test_the_documented_rights_suffice_for_all_that_locks_do(server: RedisServer, authority: Authority) -> None:
    url = address(server, ssl_ca_certs=authority.ca_file)
    async with RedisLockStore(url=url, queue_url=QUEUE_URL) as store:
        assert list(await store.acquire([lock("a"), lock("b")], lease=60.0)) == [Claim.ACQUIRED] * 2
        assert list(await store.acquire([lock("a", "theirs")], lease=60.0)) == [Claim.HELD]
        assert list(await store.renew([lock("a"), lock("c")], lease=60.0)) == [lock("c")]
        await store.complete([lock("a")], expire=60.0)
        await store.complete([lock("a")], expire=3_600.0)
        assert list(await store.acquire([lock("a", "theirs")], lease=60.0)) == [Claim.DONE]
        await store.release([lock("b")])
        assert list(await store.acquire([lock("b", "theirs")], lease=60.0)) == [Claim.ACQUIRED]
        assert await store.expire() == 0


async def test_keys_carry_the_prefix_and_a_hash_in_place_of_the_queues_address(
    server: RedisServer, authority: Authority
) -> None:
    url = address(server, ssl_ca_certs=authority.ca_file)
    async with RedisLockStore(url=url, queue_url=QUEUE_URL) as store, Redis.from_url(server.url) as owner:
        await store.acquire([lock("a")], lease=60.0)
        assert await owner.keys() == [b"sqsd:%b:a" % sha256(QUEUE_URL.encode()).hexdigest()[:16].encode()]


async def test_the_user_reaches_nothing_beyond_its_prefix(server: RedisServer, authority: Authority) -> None:
    url = address(server, ssl_ca_certs=authority.ca_file)
    async with RedisLockStore(url=url, queue_url=QUEUE_URL, prefix="other") as store:
        with pytest.raises(LockStoreUnavailable, match="NoPermission"):
            await store.acquire([lock("a")], lease=60.0)
    async with Redis.from_url(url) as user:
        with pytest.raises(NoPermissionError):
            await user.flushall()


@pytest.mark.parametrize("switch", ["ssl_cert_reqs=none", "ssl_check_hostname=false", "ssl_cert_reqs=optional"])
def test_no_option_of_an_address_turns_verification_off(switch: str) -> None:
    with pytest.raises(ConfigurationError, match="takes no option ssl_c"):
        RedisLockStore(url=f"rediss://localhost:6379?{switch}", queue_url=QUEUE_URL)


async def test_a_server_under_another_name_is_refused(tmp_path: Path, authority: Authority) -> None:
    pem = str(authority.issue("elsewhere.test"))
    port = RedisServer(directory=tmp_path).port
    arguments = ["--tls-port", str(port), "--tls-cert-file", pem, "--tls-key-file", pem]
    arguments += ["--tls-ca-cert-file", str(authority.ca_file), "--tls-auth-clients", "no"]
    async with RedisServer(directory=tmp_path, arguments=arguments):
        url = f"rediss://localhost:{port}?ssl_ca_certs={authority.ca_file}"
        async with RedisLockStore(url=url, queue_url=QUEUE_URL) as store:
            with pytest.raises(LockStoreUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
                await store.acquire([lock("a")], lease=60.0)


async def test_a_daemon_locks_over_tls_with_user_and_password(
    house: House, server: RedisServer, authority: Authority
) -> None:
    url = address(server, ssl_ca_certs=authority.ca_file)
    message_id = house.queue.send("hello")
    env = {**house.env, "REDIS_LOCKER_URL": url, "LOCKER_REQUIRED": "true"}
    async with command(env=env) as daemon, Redis.from_url(server.url, decode_responses=True) as owner:
        await house.empty()
        ended = await daemon.drained()
        [key] = await owner.keys()
        assert await owner.get(key) == "done"
    assert (ended.code, "lock store unavailable" in ended.stdout) == (0, False)
    assert str(key).endswith(f":{message_id}")
