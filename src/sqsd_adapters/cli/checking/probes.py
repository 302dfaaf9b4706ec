"""What is probed of a configuration: each worker, each queue, and what there is one of."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqsd_adapters.cli.checking.bodies import check_bodies
from sqsd_adapters.cli.checking.finding import Finding, stop
from sqsd_adapters.cli.checking.locks import check_locks
from sqsd_adapters.cli.checking.machine import check_descriptors, check_ports
from sqsd_adapters.cli.checking.queue import check_queue
from sqsd_adapters.cli.checking.worker import check_addresses, check_time_limit, check_worker
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.configuration.tables import QUEUE_KEYS, TOP_KEYS, WORKER_KEYS
from sqsd_adapters.cli.settings.selections import payload_kind, queue_kind, worker_kind
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core.errors import SqsdError

LIMIT = 20.0  # seconds per probe

_VARIABLE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


def _by_variable(*tables: Mapping[str, str]) -> dict[str, str]:
    return {variable: key for keys in tables for key, variable in keys.items()}


#: by the kind of the table: the keys of variables
_KEYS = {"worker": _by_variable(TOP_KEYS, WORKER_KEYS), "queue": _by_variable(TOP_KEYS, QUEUE_KEYS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing to try."""

    name: str
    ask: Callable[[], Awaitable[list[Finding]]]
    #: seconds
    limit: float = LIMIT
    #: as a finding's
    table: tuple[str, str] | None = None

    async def findings(self) -> list[Finding]:
        """What was found, within the limit."""
        try:
            async with asyncio.timeout(self.limit):
                found = await self.ask()
        except TimeoutError:
            found = [stop(self.name, f"no answer within {self.limit:g} s", "check the network between here and there")]
        except SqsdError as error:
            found = [stop(self.name, str(error), "fix this first")]
        return [self._placed(finding) for finding in found]

    def _placed(self, finding: Finding) -> Finding:
        """The finding with its table; what to do names the keys of the file instead of variables."""
        if self.table is None:
            return finding
        keys = _KEYS[self.table[0]]
        fix = _VARIABLE.sub(lambda found: keys.get(found[0], found[0]), finding.fix)
        return replace(finding, table=self.table, fix=fix)


def probes(
    configuration: Configuration, *, probe_timeout: str | None, payload_bucket: str | None = None
) -> Iterator[Probe]:
    """All probes, those of one table together; ``probe_timeout`` is a URL that takes longer than the time limit.

    ``payload_bucket`` is a bucket of S3 that has bodies of messages.
    """
    for name, queue in configuration.queues.items():
        yield from _of_queue(name, queue.settings, payload_bucket)
    for name, worker in configuration.workers.items():
        yield from _of_worker(name, worker.settings, probe_timeout)
    settings = configuration.settings
    yield Probe(name="locks", ask=lambda: check_locks(_most_demanding(configuration)))
    yield Probe(name="ports", ask=lambda: check_ports(settings))
    yield Probe(name="open files", ask=lambda: check_descriptors(configuration))


def slowest(configuration: Configuration) -> Settings:
    """The settings with the longest drain: with several workers, the longest job decides."""
    return max((table.settings for table in configuration.workers.values()), key=lambda table: table.DRAIN_TIMEOUT)


def _of_queue(name: str, settings: Settings, payload_bucket: str | None) -> Iterator[Probe]:
    table = ("queue", name) if name else None
    if queue_kind(settings) == "sqs":
        yield Probe(name="SQS", ask=lambda: check_queue(settings, table=name), table=table)
    if payload_kind(settings) != "off":
        yield Probe(name="S3", ask=lambda: check_bodies(settings, bucket=payload_bucket), table=table)


def _of_worker(name: str, settings: Settings, probe_timeout: str | None) -> Iterator[Probe]:
    table = ("worker", name) if name else None
    yield Probe(name="worker", ask=lambda: check_worker(settings), table=table)
    yield Probe(name="name", ask=lambda: check_addresses(settings), table=table)
    if probe_timeout is not None and worker_kind(settings, None) == "http":
        yield Probe(
            name="time limit",
            ask=lambda: check_time_limit(settings, probe_timeout),
            limit=settings.INVOKER_TIMEOUT + LIMIT,
            table=table,
        )


def _most_demanding(configuration: Configuration) -> Settings:
    """The settings of a queue that needs its locks, if there is one: all queues have the same lock store."""
    tables = [table.settings for table in configuration.queues.values()]
    return max(tables, key=lambda settings: settings.LOCKER_REQUIRED)
