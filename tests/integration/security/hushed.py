"""A daemon with every secret set, and how to find out whether it told one."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.receipts import issue
from sqsd_adapters.testing.raw_answers import OK, Answer, Connection
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_core.message import MessageAttribute
from tests.support.command import Command, command, until
from tests.support.embedded import embedded_server
from tests.support.fault_proxy import FaultProxy
from tests.support.redis_server import RedisServer

USERINFO = "hush-user:hush-word"
#: each variable's own, so that a failure names the leak
SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIAHUSHACCESSKEYID0",
    "AWS_SECRET_ACCESS_KEY": "hush+aws/secret",
    "AWS_SESSION_TOKEN": "hush+aws/session/token",
    "INVOKER_HEADERS": "hush-header",
    "INVOKER_URL": "hush-word",
    "INVOKER_HEALTHCHECK_URL": "hush-health",
    "REDIS_LOCKER_URL": "hush-redis",
    "MONITORING_TOKEN": "hush-monitor",
}
BODY = "a-body-that-is-nobodys-business"
VALUE = "a-value-that-is-nobodys-business"
ANSWER = "an-answer-that-is-nobodys-business"
#: signatures and encodings of secrets, and what the sender of a message and the worker said
DERIVED = ("Signature=", b64encode(USERINFO.encode()).decode(), BODY, VALUE, ANSWER)

#: answers of a worker that fail, each with words of its own
FAILURES = (
    f"HTTP/1.1 500 {ANSWER}\r\nX-Said: {ANSWER}\r\nContent-Length: {len(ANSWER)}\r\n\r\n{ANSWER}".encode(),
    f"HTTP/1.1 307 {ANSWER}\r\nLocation: http://{ANSWER}/\r\nContent-Length: 0\r\n\r\n".encode(),
    f"HTTP/1.1 200 OK\r\n{ANSWER}\r\n\r\n".encode(),
)


def leaks(text: str, *receipts: str) -> list[str]:
    """Name what must not be in ``text`` and is."""
    named = {**SECRETS, **{each: each for each in (*DERIVED, *receipts)}, "any secret": "hush"}
    return [name for name, secret in named.items() if secret in text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The daemon and all that it depends on."""

    daemon: Command
    queue: EmbeddedQueue
    faults: Faults
    worker: RawWorker
    worker_proxy: FaultProxy
    redis: RedisServer
    monitor_port: int
    #: how the worker answers next, before it does the work
    failures: list[bytes]
    #: of all messages, up to what tells the deliveries of one apart
    receipts: list[str] = field(default_factory=list)

    def send(self) -> None:
        values = {"fine": VALUE, "evil": f"{VALUE}\r\nX-Evil: 1"}
        attributes = {name: MessageAttribute(data_type="String", value=value) for name, value in values.items()}
        message_id = self.queue.send(BODY, attributes=attributes)
        self.receipts.append(issue(self.queue.name, message_id, 1)[:40])

    async def done(self) -> None:
        await until(lambda: self.queue.is_empty)


@asynccontextmanager
async def on_trial(*, directory: Path, monitor_port: int, **settings: str) -> AsyncIterator[Trial]:
    """Start everything; the daemon is reached by its log and its monitor."""
    failures: list[bytes] = []
    password = ["--requirepass", SECRETS["REDIS_LOCKER_URL"]]
    async with (
        embedded_server() as server,
        RawWorker(failing(failures)) as worker,
        FaultProxy(host="127.0.0.1", port=worker.port) as worker_proxy,
        RedisServer(directory=directory, arguments=password) as redis,
    ):
        env = environment(
            queue_url=server.queue_url("jobs"),
            worker=f"127.0.0.1:{worker_proxy.port}",
            redis=f"127.0.0.1:{redis.port}",
            monitor_port=monitor_port,
        )
        async with command(env={**env, **settings}) as daemon:
            yield Trial(
                daemon=daemon,
                queue=EmbeddedQueue(sqs=server.sqs, name="jobs"),
                faults=server.faults,
                worker=worker,
                worker_proxy=worker_proxy,
                redis=redis,
                monitor_port=monitor_port,
                failures=failures,
            )


def environment(*, queue_url: str, worker: str, redis: str, monitor_port: int) -> dict[str, str]:
    """Every variable that may hold a secret holds one."""
    return {
        **dict(own(SECRETS, ("AWS_", "MONITORING_"))),
        "AWS_REGION": "eu-west-1",
        "QUEUE_URL": queue_url,
        "INVOKER_URL": f"http://{USERINFO}@{worker}/jobs?key={SECRETS['INVOKER_URL']}",
        "INVOKER_HEALTHCHECK_URL": f"http://:{SECRETS['INVOKER_HEALTHCHECK_URL']}@{worker}/health?key=hush",
        "INVOKER_HEADERS": f"X-Key: {SECRETS['INVOKER_HEADERS']}",
        "REDIS_LOCKER_URL": f"redis://:{SECRETS['REDIS_LOCKER_URL']}@{redis}",
        "MONITORING_PORT": str(monitor_port),
        "FETCHER_WAIT_TIME": "1s",
        "ERROR_VISIBILITY_TIMEOUT": "0s",
        "ERROR_VISIBILITY_TIMEOUT_MAX": "0s",
        "BREAKER_FAILURES": "2",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
    }


def own(variables: dict[str, str], prefixes: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in variables.items() if name.startswith(tuple(prefixes)))


def failing(failures: list[bytes]) -> Answer:
    done = OK.replace(b": 0", b": %d" % len(ANSWER)) + ANSWER.encode()

    async def answer(connection: Connection) -> None:
        await connection.send(failures.pop(0) if failures else done)
        await asyncio.sleep(0)

    return answer
