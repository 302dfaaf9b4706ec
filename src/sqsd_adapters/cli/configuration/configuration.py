"""What a daemon is to be made of: its workers and its queues, from the environment alone or from ``sqsd.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sqsd_adapters.cli.configuration.tables import TOP_KEYS, WORKER_KEYS, variables_of
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core import Share

#: variables that are read once, when the daemon starts
OF_DAEMON = {
    *variables_of("daemon"),
    *(name for name in Settings.model_fields if name.startswith(("LOG_", "MONITORING_", "PROBE_"))),
}
#: their keys in ``sqsd.toml``, without what the parent of several processes applies at once
KEYS_OF_START = {key for key, name in TOP_KEYS.items() if name in OF_DAEMON - {"PROCESSES"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTable:
    """One worker."""

    settings: Settings
    share: Share = Share.WEIGHTED

    def equals(self, other: "WorkerTable") -> bool:
        """Whether a reload can leave the worker as it is."""
        return self.share is other.share and not differing(self.settings, other.settings) & set(WORKER_KEYS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTable:
    """One queue."""

    settings: Settings
    worker: str = ""
    weight: float = 1.0
    #: of the requests; None: the path of the worker's URL
    path: str | None = None

    def equals(self, other: "QueueTable") -> bool:
        """Whether a reload can leave the queue as it is, where its worker stays as well."""
        own = (self.worker, self.weight, self.path) == (other.worker, other.weight, other.path)
        return own and not differing(self.settings, other.settings) - set(WORKER_KEYS.values()) - OF_DAEMON


def differing(one: Settings, other: Settings) -> set[str]:
    """The variables whose values differ."""
    return {name for name in Settings.model_fields if getattr(one, name) != getattr(other, name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The tables by name, in the order of the file; each worker is fed by a queue."""

    #: what concerns the daemon as a whole
    settings: Settings
    workers: Mapping[str, WorkerTable]
    queues: Mapping[str, QueueTable]

    @classmethod
    def of_one(cls, settings: Settings) -> Self:
        """One queue and one worker, which need no names."""
        return cls(
            settings=settings,
            workers={"": WorkerTable(settings=settings)},
            queues={"": QueueTable(settings=settings)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a new configuration changes, by name; a queue whose worker changes is changed as well."""

    workers_left: frozenset[str]
    workers_joined: frozenset[str]
    queues_left: frozenset[str]
    queues_joined: frozenset[str]

    @classmethod
    def between(cls, old: Configuration, new: Configuration) -> Self:
        same_workers = {
            name for name, table in new.workers.items() if name in old.workers and table.equals(old.workers[name])
        }
        same_queues = {
            name
            for name, table in new.queues.items()
            if name in old.queues and table.worker in same_workers and table.equals(old.queues[name])
        }
        return cls(
            workers_left=frozenset(old.workers.keys() - same_workers),
            workers_joined=frozenset(new.workers.keys() - same_workers),
            queues_left=frozenset(old.queues.keys() - same_queues),
            queues_joined=frozenset(new.queues.keys() - same_queues),
        )
