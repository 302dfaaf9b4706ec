"""Whether the process may open as many file descriptors as its settings need (RLIMIT_NOFILE)."""

import resource
from collections.abc import Iterator
from contextlib import suppress

from sqsd_adapters.cli.assembly.advice import Advice
from sqsd_adapters.cli.assembly.arguments import payload_connections, sqs_connections
from sqsd_adapters.cli.configuration.configuration import Configuration, QueueTable
from sqsd_adapters.cli.settings.selections import payload_kind

#: standard streams, the loop, locks, log, files that imports and name look-ups open
BASE = 64
MONITOR = 128  # connections to the gRPC monitor, at most
PROBES = 32  # connections to the probes, at most


def needed(configuration: Configuration) -> int:
    """File descriptors that the settings need at most: one per slot, per call to SQS and per watcher."""
    settings = configuration.settings
    watchers = MONITOR * (settings.MONITORING_PORT >= 0) + PROBES * (settings.PROBE_PORT >= 0)
    slots = sum(table.settings.INVOKER_PARALLEL_COUNT for table in configuration.workers.values())
    calls = sum(sqs_connections(table.settings) for table in configuration.queues.values())
    bodies = sum(payload_connections(table.settings) for table in configuration.queues.values() if _fetches(table))
    return BASE + slots + calls + bodies + watchers


def raise_limit(configuration: Configuration) -> None:
    """Raise the soft limit to the hard limit if the settings need more than the soft limit."""
    soft, hard = limits()
    if _is_below(soft, needed(configuration)):
        with suppress(OSError):  # a sandbox may forbid it: the warning names the limit that is left
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def too_few(configuration: Configuration, *, limit: int) -> Iterator[Advice]:
    """A warning if the limit is below what the settings need."""
    count = needed(configuration)
    if _is_below(limit, count):
        todo = "raise it with ulimit -n or LimitNOFILE=, or lower INVOKER_PARALLEL_COUNT"
        yield Advice(
            event="the limit of open files is too low",
            fields={"needed": str(count), "limit": str(limit), "reason": todo},
            sentence=f"the limit of open files is {limit}, and these settings need up to {count}: {todo}",
        )


def limits() -> tuple[int, int]:
    """The soft and the hard limit of this process."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def _fetches(queue: QueueTable) -> bool:
    return payload_kind(queue.settings) != "off"


def _is_below(limit: int, count: int) -> bool:
    return limit != resource.RLIM_INFINITY and limit < count
