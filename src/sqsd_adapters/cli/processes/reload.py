"""Applies a changed PROCESSES on SIGUSR1, and lets the processes read their files again."""

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.lifetime.reload import warn_of_what_stays
from sqsd_adapters.cli.lifetime.rounds import REFUSED, log_refusal
from sqsd_adapters.cli.processes.ballot import Ballot
from sqsd_adapters.cli.processes.count import processes
from sqsd_adapters.cli.processes.family import Family
from sqsd_adapters.cli.processes.patience import drain_patience
from sqsd_adapters.cli.processes.supervisor import Supervisor
from sqsd_adapters.cli.settings.env_file import read_env_file
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
        ballot: Ballot,
        configuration: Configuration,
        reread: Callable[[], Configuration],
        env_files: Mapping[Path, Collection[str]],
        environ: MutableMapping[str, str] = os.environ,
    ) -> None:
        """Keep the parts.

        Args:
            supervisor: of the processes
            family: their monitor
            ballot: brings the files to them
            configuration: what they run now
            reread: reads the configuration again
            env_files: those that were read into the environment, with the variables that each of them set
            environ: the environment
        """
        self._supervisor = supervisor
        self._family = family
        self._ballot = ballot
        self._configuration = configuration
        self._reread = reread
        #: a pipe, as in `sqsd -e <(decrypt secrets)`, gives its content once
        self._env_files = [path for path in env_files if path.is_file()]
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
                await self._reload()

    async def _reload(self) -> None:
        before = self._environ.get(PROCESSES)
        if not await self._applied():
            self._set_processes(before)

    async def _applied(self) -> bool:
        """Read the files, and apply them unless they have a problem or a process refuses them."""
        files = self._ballot.files.next()
        try:
            self._read_env_files()
            with files.used():
                configuration = self._reread()
        except ConfigurationError as error:
            log_refusal(REFUSED, error)
            return False
        if files and not await self._ballot.accept(files):
            return False
        self._follow(configuration, has_files=bool(files))
        return True

    def _follow(self, configuration: Configuration, *, has_files: bool) -> None:
        before, count = self._supervisor.count, processes(configuration.settings)
        warn_of_what_stays(self._configuration, configuration, but=(PROCESSES,))
        self._configuration = configuration
        # what a process does not apply before a restart still holds there
        self._supervisor.patience = max(self._supervisor.patience, drain_patience(configuration))
        self._family.follow(configuration)
        if count != before:
            logger.info("number of processes changed", extra={"processes": count, "before": before})
            self._supervisor.resize(count)
        elif not has_files:
            logger.info("nothing to reload", extra={"reason": "PROCESSES is the same, and there is no other file"})

    def _read_env_files(self) -> None:
        """Set PROCESSES as if the files had been read at start; the other variables stay."""
        if self._is_fixed or not self._env_files:
            return
        values = [read_env_file(path).get(PROCESSES) for path in self._env_files]
        self._set_processes(next((value for value in values if value is not None), None))

    def _set_processes(self, value: str | None) -> None:
        self._environ.pop(PROCESSES, None)
        if value is not None:
            self._environ[PROCESSES] = value
