"""Applies a changed PROCESSES on SIGUSR1, and lets the processes read their files again."""

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sqsd_adapters.cli.configuration import Configuration
from sqsd_adapters.cli.env_file import read_env_file
from sqsd_adapters.cli.processes.count import processes
from sqsd_adapters.cli.processes.family import Family
from sqsd_adapters.cli.processes.patience import drain_patience
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.errors import ConfigurationError

PROCESSES = "PROCESSES"

logger = logging.getLogger(__name__)


class FamilyReload:
    """One reload at a time. A file with a problem changes nothing, and the log says so once."""

    def __init__(
        self,
        *,
        supervisor: Supervisor,
        family: Family,
        reread: Callable[[], Configuration],
        env_files: Mapping[Path, Collection[str]],
        passes_on: bool,
        environ: MutableMapping[str, str] = os.environ,
    ) -> None:
        """Keep the parts.

        Args:
            supervisor: of the processes
            family: their monitor
            reread: reads the configuration again
            env_files: those that were read into the environment, with the variables that each of them set
            passes_on: whether the processes have files to read again
            environ: the environment
        """
        self._supervisor = supervisor
        self._family = family
        self._reread = reread
        #: a pipe, as in `sqsd -e <(decrypt secrets)`, gives its content once
        self._env_files = [path for path in env_files if path.is_file()]
        self._passes_on = passes_on
        #: is entered while a reload is under way
        self.reloading: Callable[[], AbstractContextManager[None]] = nullcontext
        self._environ = environ
        #: whether the process environment, which wins over the files, sets it
        self._is_fixed = PROCESSES in environ and not any(PROCESSES in env_files[path] for path in self._env_files)
        self._requested = asyncio.Event()

    def request(self) -> None:
        """Reload soon; called from a signal."""
        self._requested.set()

    async def run(self) -> None:
        """Reload whenever it is asked for, until cancelled."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            with self.reloading():
                self._reload()

    def _reload(self) -> None:
        before = self._supervisor.count
        try:
            self._read_env_files()
            configuration = self._reread()
        except ConfigurationError as error:
            logger.error("reload refused, nothing has changed", extra={"reason": str(error)})  # noqa: TRY400 - no bug
            return
        # what a process does not apply before a restart still holds there
        self._supervisor.patience = max(self._supervisor.patience, drain_patience(configuration))
        self._family.follow(configuration)
        count = processes(configuration.settings)
        if count != before:
            logger.info("number of processes changed", extra={"processes": count, "before": before})
            self._supervisor.resize(count)
        if self._passes_on:
            self._supervisor.reload()
        elif count == before:
            logger.info("nothing to reload", extra={"reason": "PROCESSES is the same, and there is no other file"})

    def _read_env_files(self) -> None:
        """Set PROCESSES as if the files had been read at start; the other variables stay."""
        if self._is_fixed or not self._env_files:
            return
        values = [read_env_file(path).get(PROCESSES) for path in self._env_files]
        value = next((value for value in values if value is not None), None)
        self._environ.pop(PROCESSES, None)
        if value is not None:
            self._environ[PROCESSES] = value
