"""``sqsd check`` as a process, against the embedded SQS, a worker and Redis."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.lock_store.dynamodb import DynamoDbLockStore
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.testing.raw_answers import respond, stay_silent
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock
from tests.support.command import CREDENTIALS, Ended, command, run
from tests.support.embedded import Boto, embedded_server
from tests.support.moto import create_queue, moto_server, session, sqs_client
from tests.support.redis_server import RedisServer, as_cluster
from tests.support.scripted_sqs import Asked, Reply, ScriptedSqs, answer, error

pytestmark = pytest.mark.integration

WEEKS = "1209600"  # seconds


def reply(status: int) -> bytes:
    return f"HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A sound configuration."""

    server: EmbeddedSqsServer
    worker: RawWorker
    port: int

    @property
    def env(self) -> dict[str, str]:
        return {
            **CREDENTIALS,
            "AWS_REGION": "us-east-1",
            "QUEUE_URL": self.server.queue_url("jobs"),
            "INVOKER_URL": self.worker.url,
            "MONITORING_PORT": str(self.port),
        }

    async def check(self, *arguments: str, **env: str) -> tuple[Ended, dict[str, dict[str, Any]]]:
        ended = await run("check", "--json", *arguments, env=self.env | env)
        return ended, {each["name"]: each for each in json.loads(ended.stdout)}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
async def site(port: int) -> AsyncIterator[Site]:
    async with embedded_server(queues=[]) as server, RawWorker(respond(reply(405))) as worker:
        engine, now = server.sqs.engine, server.sqs.now()
        engine.create_queue("dead", {"MessageRetentionPeriod": WEEKS}, now=now)
        engine.create_queue("jobs", redrive_to("dead", 5), now=now)
        yield Site(server=server, worker=worker, port=port)


async def test_a_sound_configuration_has_no_findings(site: Site) -> None:
    ended, found = await site.check()
    assert (ended.code, ended.stderr) == (0, "")
    assert all(set(each) == {"name", "ok", "why", "fix"} for each in found.values())
    assert {"credentials", "permissions", "clock", "redrive policy", "worker", "ports", "open files"} <= set(found)


async def test_the_check_receives_and_changes_nothing(site: Site) -> None:
    boto = Boto(site.server.url)
    await boto("send_message", QueueUrl=site.server.queue_url("jobs"), MessageBody="precious")
    await site.check()
    answer = await boto("receive_message", QueueUrl=site.server.queue_url("jobs"), MessageSystemAttributeNames=["All"])
    boto.close()
    assert answer["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"


async def test_a_finding_is_printed_with_what_to_do_and_ends_with_1(site: Site) -> None:
    site.server.sqs.engine.set_attributes("jobs", redrive_to("dead", 1), now=site.server.sqs.now())
    ended = await run("check", env=site.env)
    assert ended.code == 1
    assert "▲ redrive policy" in ended.stdout
    assert "aws sqs set-queue-attributes" in ended.stdout
    assert "1 finding" in ended.stdout


async def test_bad_settings_end_with_2_before_anything_is_tried(site: Site) -> None:
    ended = await run("check", env=site.env | {"INVOKER_TIMEOUT": "soon"})
    assert (ended.code, ended.stdout) == (2, "")
    assert "INVOKER_TIMEOUT=soon" in ended.stderr


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "403 Forbidden for GET /jobs: it, or its middleware, refuses this caller"),
        (405, "405 Method Not Allowed for GET /jobs: it takes no GET here"),
        (302, "sqsd follows no redirect"),
        (500, "500 Internal Server Error"),
    ],
)
async def test_a_health_check_that_is_not_2xx_is_explained(site: Site, status: int, words: str) -> None:
    async with RawWorker(respond(reply(status))) as health:
        ended, found = await site.check(INVOKER_HEALTHCHECK_URL=health.url)
    assert ended.code == 1
    assert words in found["health check"]["why"]
    assert found["health check"]["fix"]


async def test_a_worker_that_refuses_callers_is_found_without_a_health_check(site: Site) -> None:
    async with RawWorker(respond(reply(403))) as worker:
        _, found = await site.check(INVOKER_URL=worker.url)
    assert "aws-sdk-rails" in found["worker"]["why"]


async def test_a_worker_that_is_off_is_found(site: Site, port: int) -> None:
    _, found = await site.check(INVOKER_URL=f"http://127.0.0.1:{port}/", MONITORING_PORT="-1")
    assert "connection refused" in found["worker"]["why"]


async def test_messages_in_flight_elsewhere_are_another_consumer(site: Site) -> None:
    boto, url = Boto(site.server.url), site.server.queue_url("jobs")
    for number in range(12):
        await boto("send_message", QueueUrl=url, MessageBody=str(number))
    for _ in range(2):
        await boto("receive_message", QueueUrl=url, MaxNumberOfMessages=10)
    boto.close()
    ended, found = await site.check()
    assert ended.code == 1
    assert "12 in flight at SQS, and no daemon of these settings answers" in found["other consumers"]["why"]


async def test_the_ports_of_the_daemon_that_runs_here_are_no_finding(site: Site) -> None:
    async with command("run", env=site.env | {"LOG_FORMAT": "json"}) as daemon:
        await daemon.until("monitor listening")
        _, found = await site.check()
        await daemon.drained()
    assert found["ports"]["ok"]


async def test_a_port_of_another_process_is_found(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        _, found = await site.check(MONITORING_PORT=str(taken.getsockname()[1]))
    assert "cannot listen" in found["ports"]["why"]


async def test_a_proxy_that_gives_up_before_the_time_limit_is_found(site: Site) -> None:
    async with RawWorker(respond(reply(504))) as proxy:
        ended, found = await site.check("--probe-timeout", proxy.url)
    assert ended.code == 1
    assert "504 Gateway Timeout" in found["time limit"]["why"]


async def test_a_worker_that_is_given_the_whole_time_limit_is_fine(site: Site) -> None:
    async with RawWorker(stay_silent()) as worker:
        ended, found = await site.check("--probe-timeout", worker.url, INVOKER_TIMEOUT="1s")
    assert found["time limit"]["ok"], ended.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"), "maxmemory-policy is allkeys-lru"),
        (("--replicaof", "127.0.0.1", "9"), "read-only replica"),
        (as_cluster(), "it is a cluster"),
        (("--min-replicas-to-write", "1"), "NOREPLICAS"),
        (("--maxmemory", "1", "--maxmemory-policy", "noeviction"), "OutOfMemory"),
        (("--user", "default", "on", "nopass", "~sqsd:*", "+info", "+get", "+set"), "'evalsha'"),
    ],
)
async def test_a_redis_that_loses_locks_is_found(
    site: Site, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    async with RedisServer(directory=tmp_path, arguments=arguments) as redis:
        ended, found = await site.check(REDIS_LOCKER_URL=redis.url)
    assert ended.code == 1
    assert words in found["Redis"]["why"]


async def test_a_redis_that_keeps_locks_is_fine_and_one_that_is_off_is_found(
    site: Site, tmp_path: Path, port: int
) -> None:
    async with RedisServer(directory=tmp_path) as redis:
        _, found = await site.check(REDIS_LOCKER_URL=redis.url)
    assert found["Redis"]["ok"]
    _, found = await site.check(REDIS_LOCKER_URL=f"redis://:hush@127.0.0.1:{port}/0", MONITORING_PORT="-1")
    assert not found["Redis"]["ok"]
    assert "hush" not in json.dumps(found)


async def test_the_least_rights_of_redis_suffice_and_what_they_hide_is_not_said(site: Site, tmp_path: Path) -> None:
    least = "--user sqsd on >secret ~sqsd:* +evalsha +eval +get +set +pexpire +pttl +del --user default off"
    async with RedisServer(directory=tmp_path, arguments=least.split()) as redis:
        _, found = await site.check(REDIS_LOCKER_URL=f"redis://sqsd:secret@127.0.0.1:{redis.port}")
    assert found["Redis"]["ok"]
    assert found["Redis"]["why"] == "locks can be written; this user may not ask whether it evicts them (INFO)"


async def test_a_check_leaves_nothing_in_redis(site: Site, tmp_path: Path) -> None:
    async with RedisServer(directory=tmp_path) as redis, Redis.from_url(redis.url) as client:
        await site.check(REDIS_LOCKER_URL=redis.url)
        assert await client.dbsize() == 0


async def test_a_lock_file_that_ends_the_start_is_found(site: Site, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.sqlite"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    ended, found = await site.check(SQLITE_LOCKER_PATH=str(foreign))
    assert ended.code == 1
    assert found["lock file"]["why"] == f"{foreign} is not a lock file of sqsd: the daemon does not start"

    new = tmp_path / "locks.sqlite"
    _, found = await site.check(SQLITE_LOCKER_PATH=str(new))
    assert found["lock file"]["ok"]
    assert not new.exists()
    async with SqliteLockStore(path=new, queue_url="memory://jobs", clock=SystemClock()) as store:
        await store.acquire([Lock(MessageId("a"), "t")], lease=60.0)
        _, found = await site.check(SQLITE_LOCKER_PATH=str(new))
    assert found["lock file"]["ok"]
    _, found = await site.check(SQLITE_LOCKER_PATH=str(new))
    assert found["lock file"]["ok"]


async def test_a_lock_table_that_ends_the_start_is_found(site: Site) -> None:
    with moto_server() as url:
        place = {"AWS_ENDPOINT_URL_DYNAMODB": url, "DYNAMODB_LOCKER_TABLE": "locks"}
        _, missing = await site.check(**place)
        _, made_later = await site.check(**place, DYNAMODB_LOCKER_CREATE="true")
        async with DynamoDbLockStore(
            table="locks",
            queue_url="memory://jobs",
            clock=SystemClock(),
            region="us-east-1",
            session=session,
            endpoint_url=url,
            create=True,
            timeout=20.0,
        ):
            _, there = await site.check(**place)
    assert "does not exist" in missing["lock table"]["why"]
    assert missing["lock table"]["why"].endswith("the daemon does not start")
    assert made_later["lock table"]["ok"]
    assert there["lock table"]["ok"]


class Denying(ScriptedSqs):
    """Refuses some operations for want of a right."""

    denied: frozenset[str] = frozenset()
    date = "Thu, 01 Jan 2026 00:00:00 GMT"

    def reply_to(self, asked: Asked) -> Reply:
        if asked.operation in self.denied:
            return error("AccessDeniedException", status=400)
        if asked.operation == "GetQueueAttributes":
            return answer({"Attributes": {"QueueArn": "x"}}, headers=[("Date", self.date)])
        return error("ReceiptHandleIsInvalid", status=400)


async def test_each_right_that_is_missing_is_named(site: Site) -> None:
    async with Denying(answer({})) as sqs:
        sqs.denied = frozenset({"DeleteMessage", "ReceiveMessage"})
        ended, found = await site.check(QUEUE_URL=f"{sqs.url}/123456789012/jobs")
    assert ended.code == 1
    assert found["permissions"]["fix"] == "allow sqs:ReceiveMessage, sqs:DeleteMessage on the queue"


async def test_a_clock_that_is_off_is_found(site: Site) -> None:
    async with Denying(answer({})) as sqs:
        _, found = await site.check(QUEUE_URL=f"{sqs.url}/123456789012/jobs")
    assert "ahead of SQS" in found["clock"]["why"]


async def test_an_sqs_that_is_silent_is_a_finding_in_bounded_time(site: Site, port: int) -> None:
    _, found = await site.check(QUEUE_URL=f"http://127.0.0.1:{port}/1/jobs", MONITORING_PORT="-1")
    assert "SQS does not answer" in found["SQS"]["why"]
    assert found["worker"]["ok"]


async def test_a_queue_that_does_not_exist_is_found(site: Site) -> None:
    _, found = await site.check(QUEUE_URL=site.server.queue_url("nowhere"))
    assert "does not exist" in found["queue"]["why"]


async def test_an_embedded_queue_has_no_sqs_to_check(site: Site) -> None:
    ended, found = await site.check(QUEUE_URL="memory://jobs", AWS_REGION="")
    assert ended.code == 0
    assert "credentials" not in found


async def test_moto_is_checked_as_well(site: Site) -> None:
    with moto_server() as url, sqs_client(url) as client:
        queue = await asyncio.to_thread(create_queue, client, "check-jobs")
        ended, found = await site.check(QUEUE_URL=queue, AWS_REGION="eu-west-1")
    assert ended.code == 1
    assert found["permissions"]["ok"]
    assert not found["redrive policy"]["ok"]
