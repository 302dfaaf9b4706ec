"""The composition root: every provider can be built, and nothing is opened by that."""

import asyncio
import contextlib
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import pytest

from sqsd_adapters.cli.assembly import arguments
from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.given import Given
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.invoker.envelope.cleaner import PayloadCleaner
from sqsd_adapters.invoker.envelope.invoker import OpeningInvoker
from sqsd_adapters.invoker.envelope.payloads import S3Payloads
from sqsd_adapters.invoker.http.invoker import HttpInvoker
from sqsd_adapters.invoker.http.probe import ConnectProbe, HttpProbe
from sqsd_adapters.lock_store.dynamodb import DynamoDbLockStore
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.lock_store.null import NullLockStore
from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_adapters.lock_store.sqlite import SqliteLockStore
from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_adapters.monitor.probes import Probes
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.sqs import SqsQueue
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.httpx import HttpxExchange
from sqsd_core import Daemon, Message, Succeeded
from sqsd_core.message import MessageId, ReceiptHandle

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
WORKER = "http://localhost:5000/"


class Built:
    """The parts of a daemon with one queue and one worker."""

    def __init__(self, given: Any = None, **variables: Any) -> None:
        settings = Settings(**{"QUEUE_URL": QUEUE, **variables})
        self.assembly = Assembly(Configuration.of_one(settings), given=Given(invoker=given))
        self.queue_part, self.worker_part = self.assembly.queues[""], self.assembly.workers[""]
        self.of_queue, self.of_worker = self.queue_part.parts, self.worker_part.parts

    @property
    def containers(self) -> list[Any]:
        return [self.of_queue, self.of_worker, self.assembly.parts]

    @property
    def invoker(self) -> Any:
        return self.queue_part.plan.invoker or self.worker_part.plan.invoker

    def made(self, provider: str) -> object:
        if provider == "invoker":
            return self.invoker
        return next(getattr(part, provider)() for part in self.containers if hasattr(part, provider))

    @property
    def adapters(self) -> list[object]:
        return [*self.queue_part.adapters, *self.worker_part.adapters, *self.assembly.adapters]


def container(given: Any = None, **variables: Any) -> Built:
    return Built(given, **variables)


def job(message: Message) -> None:
    del message


class Mine:
    async def invoke(self, message: Message) -> Succeeded:
        del message
        return Succeeded()


class OpenedOnce(Mine):
    opened = 0

    async def __aenter__(self) -> Self:
        OpenedOnce.opened += 1
        return self

    async def __aexit__(self, *_: object) -> None: ...


class CallableOnce(contextlib.AbstractAsyncContextManager["CallableOnce"]):
    async def __call__(self, message: Message) -> None: ...

    async def __aenter__(self) -> Self:
        OpenedOnce.opened += 1
        return self

    async def __aexit__(self, *_: object) -> None: ...


#: providers that only some settings use, and one that is always given its arguments by others
PARTIAL = {
    "client": "",
    "exchange": "INVOKER_URL",
    "http_invoker": "",
    "health_exchange": "INVOKER_HEALTHCHECK_URL",
    "function_invoker": "INVOKER",
}


@pytest.mark.parametrize(
    "variables",
    [
        {"INVOKER_URL": WORKER},
        {"INVOKER_URL": WORKER, "INVOKER_CLIENT": "httpx", "INVOKER_HEALTHCHECK_URL": WORKER},
        {"INVOKER_URL": WORKER, "LOCKER": "none", "MONITORING_PORT": -1, "PROBE_PORT": 8080},
        {"INVOKER_URL": WORKER, "REDIS_LOCKER_HOST": "localhost:6379", "REDIS_LOCKER_DBNAME": 2},
        {"INVOKER_URL": WORKER, "REDIS_LOCKER_URL": "unix:///run/redis.sock", "REDIS_LOCKER_KEYNAME": "jobs"},
        {"INVOKER_URL": WORKER, "SQLITE_LOCKER_PATH": "/locks.sqlite"},
        {"INVOKER": "os.path:basename", "QUEUE_URL": "memory://jobs", "DYNAMODB_LOCKER_TABLE": "locks"},
        {"INVOKER_URL": WORKER, "DYNAMODB_LOCKER_TABLE": "locks", "DYNAMODB_LOCKER_CREATE": True},
        {"INVOKER_URL": WORKER, "INVOKER_HEADERS": "Authorization: Bearer x", "MONITORING_TOKEN": "x"},
        {"INVOKER": "os.path:basename", "QUEUE_URL": "memory://built.fifo"},
        {"INVOKER_URL": WORKER, "MESSAGE_ENVELOPE": "sns", "MESSAGE_PAYLOAD": "s3,delete"},
    ],
)
async def test_every_provider_can_be_built(variables: dict[str, Any]) -> None:
    built = container(**variables)
    for part in built.containers:
        for name, provider in part.providers.items():
            if PARTIAL.get(name, "INVOKER") in variables or name not in PARTIAL:
                provider()


@pytest.mark.parametrize(
    ("variables", "provider", "kind"),
    [
        ({}, "queue", SqsQueue),
        ({"SQS_CLIENT": "aiobotocore"}, "queue", SqsQueue),
        ({"QUEUE_URL": "memory://jobs"}, "queue", EmbeddedQueue),
        ({}, "lock_store", MemoryLockStore),
        ({"LOCKER": "none"}, "lock_store", NullLockStore),
        ({"REDIS_LOCKER_HOST": "localhost:6379"}, "lock_store", RedisLockStore),
        ({"SQLITE_LOCKER_PATH": "/locks.sqlite"}, "lock_store", SqliteLockStore),
        ({"DYNAMODB_LOCKER_TABLE": "locks"}, "lock_store", DynamoDbLockStore),
        ({}, "exchange", Http11Exchange),
        ({"INVOKER_CLIENT": "httpx"}, "exchange", HttpxExchange),
        ({}, "invoker", HttpInvoker),
        ({"MESSAGE_ENVELOPE": "sns"}, "invoker", OpeningInvoker),
        ({"MESSAGE_ENVELOPE": "sns", "INVOKER_URL": None, "INVOKER": "os.path:basename"}, "invoker", OpeningInvoker),
        ({}, "cleaner", type(None)),
        ({}, "payloads", type(None)),
        ({"MESSAGE_PAYLOAD": "s3"}, "invoker", OpeningInvoker),
        ({"MESSAGE_PAYLOAD": "s3"}, "payloads", S3Payloads),
        ({"MESSAGE_PAYLOAD": "s3"}, "cleaner", type(None)),
        ({"MESSAGE_PAYLOAD": "s3,delete"}, "cleaner", PayloadCleaner),
        ({}, "probe", ConnectProbe),
        ({"INVOKER_HEALTHCHECK_URL": WORKER}, "probe", HttpProbe),
        ({"INVOKER_URL": None, "INVOKER": "os.path:basename"}, "invoker", CallableInvoker),
        ({"INVOKER_URL": None, "INVOKER": "os.path:basename"}, "probe", type(None)),
        ({}, "monitor", GrpcMonitor),
        ({"MONITORING_PORT": -1}, "monitor", type(None)),
        ({}, "probes", type(None)),
        ({"PROBE_PORT": 0}, "probes", Probes),
        ({}, "daemon", Daemon),
    ],
)
async def test_the_settings_decide_which_adapter_answers(variables: dict[str, Any], provider: str, kind: type) -> None:
    built = container(**{"INVOKER_URL": WORKER, **variables})
    assert type(built.made(provider)) is kind


async def test_an_invoker_of_one_s_own_goes_first() -> None:
    built = container(Mine(), INVOKER_URL=WORKER)
    assert isinstance(built.invoker, CallableInvoker)
    assert not any(isinstance(adapter, Http11Exchange) for adapter in built.adapters)


@pytest.mark.parametrize(
    ("given", "is_ours"),
    [(job, True), (Mine, True), (OpenedOnce, True), (OpenedOnce(), False), (CallableOnce(), True)],
)
async def test_only_an_invoker_that_is_made_already_is_opened_by_whoever_made_it(
    *, given: object, is_ours: bool
) -> None:
    OpenedOnce.opened = 0
    async with container(given).invoker:
        assert OpenedOnce.opened == (is_ours and given not in {job, Mine})


@pytest.mark.parametrize(("slots", "limit"), [(1, 8), (64, 64)])
async def test_as_many_jobs_as_there_are_slots_may_outlive_their_time_limit_and_eight_at_least(
    slots: int, limit: int
) -> None:
    built = container(job, INVOKER_PARALLEL_COUNT=slots)
    assert arguments.max_abandoned(built.worker_part.table.settings) == limit


@pytest.mark.parametrize("given", [job, Mine])
async def test_a_callable_of_one_s_own_is_opened(given: object) -> None:
    built = container(given)
    assert isinstance(built.invoker, CallableInvoker)
    assert built.invoker in built.adapters


def test_nobody_to_hand_messages_to_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="set INVOKER_URL or INVOKER, or pass an invoker"):
        container().of_worker.invoker()


def test_a_module_that_is_missing_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        container(INVOKER="nowhere:job").of_worker.invoker()


async def test_each_queue_of_a_file_opens_its_messages_as_its_table_says(tmp_path: Path) -> None:
    file = tmp_path / "sqsd.toml"
    file.write_text(
        f'[worker.web]\nurl = "{WORKER}"\n'
        f'[queue.orders]\nurl = "{QUEUE}"\nworker = "web"\nmessage_payload = "s3,delete"\n'
        f'[queue.mails]\nurl = "{QUEUE}-2"\nworker = "web"\n'
    )
    orders, mails = Assembly(read_config_file(file)).plan.queues
    assert type(orders.invoker) is OpeningInvoker
    assert type(orders.cleaner) is PayloadCleaner
    assert orders.obstacle is not None
    assert orders.obstacle() == ""
    assert type(mails.invoker) is HttpInvoker
    assert (mails.cleaner, mails.obstacle) == (None, None)


async def test_two_providers_share_one_adapter() -> None:
    built = container(INVOKER_URL=WORKER)
    assert built.assembly.daemon is built.assembly.daemon
    assert built.of_queue.queue() is built.adapters[0]


def test_only_what_is_used_is_imported(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from sqsd_adapters.cli.assembly.assembly import Assembly\n"
        "from sqsd_adapters.cli.configuration.configuration import Configuration\n"
        "from sqsd_adapters.cli.configuration.given import Given\n"
        "from sqsd_adapters.cli.settings.settings import Settings\n"
        "settings = Settings(QUEUE_URL='memory://jobs', MONITORING_PORT=-1)\n"
        "Assembly(Configuration.of_one(settings), given=Given(invoker=print)).daemon\n"
        "print(*sorted({'botocore', 'grpc', 'httpx', 'redis', 'httptools'} & set(sys.modules)))\n"
    )
    imported = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True, timeout=60)
    assert imported.stdout.split() == []


def test_building_needs_no_event_loop() -> None:
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    assert container(INVOKER_URL=WORKER).assembly.daemon.snapshot().slots == 1


@pytest.mark.parametrize("variables", [{}, {"LOCKER": "none"}, {"SQLITE_LOCKER_PATH": "/locks.sqlite"}])
def test_operators_are_told_the_lock_store_by_its_name(variables: dict[str, Any]) -> None:
    expected = {"LOCKER": "none", "SQLITE_LOCKER_PATH": "sqlite"}.get(next(iter(variables), ""), "memory")
    assert Built(**{"INVOKER_URL": WORKER, **variables}).queue_part.plan.locker == expected


def test_a_lock_store_of_code_goes_by_its_class() -> None:
    given = Given(invoker=print, lock_store=NullLockStore())
    assembly = Assembly(Configuration.of_one(Settings(QUEUE_URL=QUEUE)), given=given)
    assert assembly.queues[""].plan.locker == "NullLockStore"


def named_part(folder: Path, part: str, lines: str = "") -> Any:
    """A part of the only queue, whose table is ``orders``, or of its worker ``web``."""
    file = folder / "sqsd.toml"
    file.write_text(f'{lines}\n[worker.web]\nurl = "{WORKER}"\n[queue.orders]\nurl = "{QUEUE}"\nworker = "web"\n')
    assembly = Assembly(read_config_file(file))
    places = (assembly.queues["orders"].parts, assembly.workers["web"].parts)
    return next(getattr(place, part)() for place in places if hasattr(place, part))


async def test_the_parts_of_a_table_name_it_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    named_part(tmp_path, "connect_probe")._failures.note("refused")
    named_part(tmp_path, "queue")._oddities.say([], surplus=1)
    said = [vars(record) for record in caplog.records if record.name.startswith("sqsd_")]
    assert [line.get("worker") or line["queue"] for line in said] == ["web", "web", "orders"]


@pytest.mark.parametrize("lines", ["", 'sqlite_locker_path = "/locks.sqlite"'])
def test_the_locks_of_a_table_name_it_in_the_log(tmp_path: Path, lines: str) -> None:
    assert named_part(tmp_path, "lock_store", lines)._about == {"queue": "orders"}


async def test_a_callable_names_its_worker_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "sqsd.toml"
    table = f'[worker.web]\ninvoker = "json:loads"\n[queue.orders]\nurl = "{QUEUE}"\nworker = "web"\n'
    file.write_text(table)
    invoker = Assembly(read_config_file(file)).workers["web"].parts.invoker()
    invoker._log_raised(ValueError(), named_message())
    assert caplog.records[0].__dict__["worker"] == "web"


def named_message() -> Message:
    return Message(id=MessageId("m-1"), receipt=ReceiptHandle("r-1"), body="")
