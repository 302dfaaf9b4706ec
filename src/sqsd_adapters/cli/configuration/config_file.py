"""Reads ``sqsd.toml``: several queues, and the workers that they feed; an error names every problem with its line."""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sqsd_adapters.cli.configuration.configuration import Configuration, QueueTable, WorkerTable
from sqsd_adapters.cli.configuration.file_settings import NO_QUEUE, FileSettings, alone, in_a_file
from sqsd_adapters.cli.configuration.misplaced import KINDS, hint_for_key, hint_for_table
from sqsd_adapters.cli.configuration.tables import QUEUE_KEYS, TOP_KEYS, WORKER_KEYS, Own, QueueOwn, WorkerOwn
from sqsd_adapters.cli.configuration.toml_text import TomlText
from sqsd_adapters.cli.settings.choices import INVOKERS
from sqsd_adapters.cli.settings.environment import is_service_link
from sqsd_adapters.cli.settings.problems import InvalidSettings, Problem, problems_of
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.settings.variables import accepted
from sqsd_adapters.cli.values.urls import masked
from sqsd_adapters.errors import ConfigurationError
from sqsd_core import Share

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)

O = TypeVar("O", bound=Own)  # noqa: E741 - a type of table
Table = Mapping[str, Any]


def read_config_file(path: Path, *, keeping: Collection[str] = ()) -> Configuration:
    """Read the file; the environment takes precedence over its top level, and its tables over the environment.

    ``keeping`` are keys of its top that stay as they were when the daemon started.

    Raises:
        ConfigurationError: the file cannot be read, or names every problem.
    """
    return _Reader(text=TomlText.read(path).keeping(keeping)).read()


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Collects the problems of one file."""

    text: TomlText
    problems: dict[str, None] = field(default_factory=dict)

    def read(self) -> Configuration:
        top = {key: value for key, value in self.text.tables.items() if key not in KINDS}
        for kind in [key for key, value in top.items() if isinstance(value, dict)]:
            del top[kind]
            self._note((kind,), "", f"no such table{hint_for_table(kind)}")
        workers, queues = self._tables("worker"), self._tables("queue")
        defaults = self._variables((), top, TOP_KEYS)
        defaults = {name: value for name, value in defaults.items() if not _is_in_environment(name)}
        of_workers = {name: self._worker(name, table) for name, table in workers.items()}
        of_queues = {name: self._queue(name, table) for name, table in queues.items()}
        self._check_references(workers, queues)
        self._check_urls(queues)
        if _is_in_environment("CRON_FILE"):
            self.problems.setdefault("CRON_FILE: set cron_file in the table of the queue that gets the tasks instead")
        if not queues:
            self._note((), "", "no queue: add a table [queue.NAME]")
        settings = {
            name: self._settings(name, own, defaults, workers, queues)
            for name, own in of_queues.items()
            if own is not None and own.worker in workers
        }
        self._check_alone("queue", queues, without=settings, defaults=defaults)
        self._check_alone(
            "worker", workers, without=[own.worker for own in of_queues.values() if own], defaults=defaults
        )
        if self.problems:
            raise ConfigurationError(_sentence(list(self.problems)))
        return _configuration(of_workers, of_queues, settings)

    def _tables(self, kind: str) -> dict[str, Table]:
        found = self.text.tables.get(kind, {})
        if not isinstance(found, dict):
            self._note((), kind, f"expected tables [{kind}.NAME]")
            return {}
        if found and not any(isinstance(table, dict) for table in found.values()):
            self._note((kind,), "", f"the table has no name; write [{kind}.NAME]")
            return {}
        tables: dict[str, Table] = {}
        for name, table in found.items():
            if not isinstance(table, dict):
                self._note((kind,), name, f"expected a table [{kind}.{name}]")
            elif not NAME.fullmatch(name):
                self._note((kind, name), "", "a name has 1 to 80 letters, digits, - and _")
            else:
                tables[name] = table
        return tables

    def _worker(self, name: str, table: Table) -> WorkerOwn | None:
        return self._own(("worker", name), table, WorkerOwn, WORKER_KEYS)

    def _queue(self, name: str, table: Table) -> QueueOwn | None:
        return self._own(("queue", name), table, QueueOwn, QUEUE_KEYS)

    def _own(self, place: tuple[str, ...], table: Table, model: type[O], keys: Mapping[str, str]) -> O | None:
        """The keys of a table that are no variables; notes keys that are neither."""
        own = {key: value for key, value in table.items() if key in model.model_fields}
        self._note_unknown(place, table, (*keys, *model.model_fields))
        try:
            return model(**own)
        except ValidationError as error:
            for problem in problems_of(error, fields=model.model_fields, given=own):
                self._note(place, problem.name, in_a_file(problem))
            return None

    def _note_unknown(self, place: tuple[str, ...], table: Table, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self._note(place, key, f"no such key{hint_for_key(key, known)}")

    def _variables(self, place: tuple[str, ...], table: Table, keys: Mapping[str, str]) -> dict[str, Any]:
        if not place:
            self._note_unknown(place, table, tuple(keys))
        return {keys[key]: value for key, value in table.items() if key in keys}

    def _check_references(self, workers: Mapping[str, Table], queues: Mapping[str, Table]) -> None:
        for name, table in queues.items():
            if "worker" in table and table["worker"] not in workers:
                self._note(("queue", name), "worker", f"there is no table [worker.{table['worker']}]")
        fed = [table.get("worker") for table in queues.values()]
        for name in workers:
            if name not in fed:
                self._note(("worker", name), "", "no queue feeds this worker; remove it, or name it in a queue's table")

    def _check_urls(self, queues: Mapping[str, Table]) -> None:
        first: dict[str, str] = {}
        for name, table in queues.items():
            url = str(table.get("url", name)).strip().rstrip("/")
            if (other := first.setdefault(url, name)) != name:
                self._note(("queue", name), "url", f"{masked(url)} is also the url of [queue.{other}]")

    def _settings(
        self, name: str, own: QueueOwn, defaults: Table, workers: Mapping[str, Table], queues: Mapping[str, Table]
    ) -> Settings | None:
        """The effective variables of one queue and of the worker that it feeds."""
        worker = self._variables(("worker", own.worker), workers.get(own.worker, {}), WORKER_KEYS)
        queue = self._variables(("queue", name), queues[name], QUEUE_KEYS)
        # a table's invoker takes the place of the environment's, whichever kind that is
        other = dict.fromkeys(INVOKERS) if {*INVOKERS} & {*worker} else {}
        if "QUEUE_URL" not in queue:
            self._note(("queue", name), "url", f"not set; expected {accepted(Settings.model_fields['QUEUE_URL'])}")
            queue["QUEUE_URL"] = NO_QUEUE  # for the other problems of the table
        try:
            return FileSettings(**{**defaults, **other, **worker, **queue})
        except InvalidSettings as error:
            for problem in error.problems:
                self._note_variable(problem, name, own.worker)
            return None

    def _check_alone(
        self, kind: str, tables: Mapping[str, Table], *, without: Collection[str], defaults: Table
    ) -> None:
        """Check the values of tables that were joined with no other."""
        keys = QUEUE_KEYS if kind == "queue" else WORKER_KEYS
        for name in [name for name in tables if name not in without]:
            for variable, sentence in alone(self._variables((kind, name), tables[name], keys), defaults):
                self._note((kind, name), next(key for key in keys if keys[key] == variable), sentence)

    def _note_variable(self, problem: Problem, queue: str, worker: str) -> None:
        """Name the table, the key and the line of the variable; one of the environment has none."""
        if _is_in_environment(problem.name):
            self.problems.setdefault(problem.line)
            return
        places = [(("queue", queue), QUEUE_KEYS), (("worker", worker), WORKER_KEYS), ((), TOP_KEYS)]
        known = [(place, key) for place, keys in places for key, name in keys.items() if name == problem.name]
        written = [(place, key) for place, key in known if key in self._table(place)]
        place, key = (written or known or [((), problem.name)])[0]
        self._note(place, key, in_a_file(problem))

    def _table(self, place: tuple[str, ...]) -> Table:
        table: Any = self.text.tables
        for part in place:
            table = table[part]
        return dict(table)

    def _note(self, table: tuple[str, ...], key: str, sentence: str) -> None:
        where = self.text.where(table, key)
        subject = f" {key}: " if key and table else f": {key}: " if key else " " if table else ": "
        self.problems.setdefault(f"{where}{subject}{sentence}")


def _is_in_environment(name: str) -> bool:
    value = os.environ.get(name)
    return bool(value) and not is_service_link(name, value)


def _configuration(
    workers: Mapping[str, WorkerOwn | None],
    queues: Mapping[str, QueueOwn | None],
    settings: Mapping[str, Settings | None],
) -> Configuration:
    complete = {name: (own, settings[name]) for name, own in queues.items() if own is not None}
    found = {name: (own, known) for name, (own, known) in complete.items() if known is not None}
    of_worker = {own.worker: known for own, known in reversed(found.values())}
    return Configuration(
        settings=next(known for _, known in found.values()),
        workers={
            name: WorkerTable(settings=of_worker[name], share=Share(own.sharing))
            for name, own in workers.items()
            if own is not None
        },
        queues={
            name: QueueTable(settings=known, worker=own.worker, weight=own.weight, path=own.path)
            for name, (own, known) in found.items()
        },
    )


def _sentence(problems: list[str]) -> str:
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"the configuration has {count}:", *(f"  {problem}" for problem in problems)])
