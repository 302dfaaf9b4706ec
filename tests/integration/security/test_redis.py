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
#: as SECURITY.md has it
LEAST = "~sqsd:* +evalsha +eval +get +set +pexpire +pttl +del"


def documented_rights() -> str:
    document = (Path(__file__).parents[3] / "SECURITY.md").read_text()
    return document.partition("ACL SETUSER sqsd on >PASSWORD ")[2].partition("\n")[0]


class SecuredRedis(RedisServer):
    """Speaks TLS beside its plain port, and knows one user, of few rights."""

    def __init__(self, *, directory: Path, authority: Authority, name: str = "localhost", rights: str = LEAST) -> None:
        self.tls_port = RedisServer(directory=directory).port
        self.ca_file = authority.ca_file
        pem = str(authority.issue(name))
        files = ["--tls-cert-file", pem, "--tls-key-file", pem, "--tls-ca-cert-file", str(self.ca_file)]
        tls = ["--tls-port", str(self.tls_port), *files, "--tls-auth-clients", "no"]
        user = ["--user", "sqsd", "on", f">{PASSWORD}", *rights.split()]
        super().__init__(directory=directory, arguments=[*tls, *user])

    @property
    def address(self) -> str:
        return f"rediss://sqsd:p%40ss%2Fword@localhost:{self.tls_port}?ssl_ca_certs={self.ca_file}"


@pytest.fixture
async def server(tmp_path: Path, authority: Authority) -> AsyncIterator[SecuredRedis]:
    async with SecuredRedis(directory=tmp_path, authority=authority) as server:
        yield server


def lock(name: str, token: str = "ours") -> Lock:
    return Lock(MessageId(name), token)


def test_the_least_rights_are_the_documented_ones() -> None:
    assert documented_rights() == LEAST


async def test_the_documented_rights_suffice_for_all_that_locks_do(server: SecuredRedis) -> None:
    async with RedisLockStore(url=server.address, queue_url=QUEUE_URL) as store:
        assert list(await store.acquire([lock("a"), lock("b")], lease=60.0)) == [Claim.ACQUIRED] * 2
        assert list(await store.acquire([lock("a", "theirs")], lease=60.0)) == [Claim.HELD]
        assert list(await store.renew([lock("a"), lock("c")], lease=60.0)) == [lock("c")]
        await store.complete([lock("a")], expire=60.0)
        await store.complete([lock("a")], expire=3_600.0)
        assert list(await store.acquire([lock("a", "theirs")], lease=60.0)) == [Claim.DONE]
        await store.release([lock("b")])
        assert list(await store.acquire([lock("b", "theirs")], lease=60.0)) == [Claim.ACQUIRED]
        assert await store.expire() == 0


async def test_keys_carry_the_prefix_and_a_hash_in_place_of_the_queues_address(server: SecuredRedis) -> None:
    async with RedisLockStore(url=server.address, queue_url=QUEUE_URL) as store, Redis.from_url(server.url) as owner:
        await store.acquire([lock("a")], lease=60.0)
        assert await owner.keys() == [b"sqsd:%b:a" % sha256(QUEUE_URL.encode()).hexdigest()[:16].encode()]


async def test_the_user_reaches_nothing_beyond_its_prefix(server: SecuredRedis) -> None:
    async with RedisLockStore(url=server.address, queue_url=QUEUE_URL, prefix="other") as store:
        with pytest.raises(LockStoreUnavailable, match="NoPermission"):
            await store.acquire([lock("a")], lease=60.0)
    async with Redis.from_url(server.address) as user:
        with pytest.raises(NoPermissionError):
            await user.flushall()


@pytest.mark.parametrize("switch", ["ssl_cert_reqs=none", "ssl_check_hostname=false", "ssl_cert_reqs=optional"])
def test_no_option_of_an_address_turns_verification_off(switch: str) -> None:
    with pytest.raises(ConfigurationError, match="unknown option in the Redis address: ssl_c"):
        RedisLockStore(url=f"rediss://localhost:6379?{switch}", queue_url=QUEUE_URL)


async def test_a_server_under_another_name_is_refused(tmp_path: Path, authority: Authority) -> None:
    async with (
        SecuredRedis(directory=tmp_path, authority=authority, name="elsewhere.test") as server,
        RedisLockStore(url=server.address, queue_url=QUEUE_URL) as store,
    ):
        with pytest.raises(LockStoreUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await store.acquire([lock("a")], lease=60.0)


@pytest.mark.parametrize(("rights", "suffices"), [(LEAST, False), (f"{LEAST} +select", True)])
async def test_a_database_other_than_0_wants_one_right_more(
    tmp_path: Path, authority: Authority, rights: str, *, suffices: bool
) -> None:
    async with SecuredRedis(directory=tmp_path, authority=authority, rights=rights) as server:
        url = server.address.replace("?", "/1?")
        async with RedisLockStore(url=url, queue_url=QUEUE_URL) as store:
            if suffices:
                assert list(await store.acquire([lock("a")], lease=60.0)) == [Claim.ACQUIRED]
            else:
                with pytest.raises(LockStoreUnavailable):
                    await store.acquire([lock("a")], lease=60.0)


async def test_a_daemon_locks_over_tls_with_user_and_password(house: House, server: SecuredRedis) -> None:
    message_id = house.queue.send("hello")
    env = {**house.env, "REDIS_LOCKER_URL": server.address, "LOCKER_REQUIRED": "true"}
    async with command(env=env) as daemon, Redis.from_url(server.url, decode_responses=True) as owner:
        await house.empty()
        ended = await daemon.drained()
        [key] = await owner.keys()
        assert await owner.get(key) == "done"
    assert (ended.code, "lock store unavailable" in ended.stdout) == (0, False)
    assert str(key).endswith(f":{message_id}")
