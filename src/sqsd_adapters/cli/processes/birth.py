"""What a process is born with: its number and the sockets to its parent, named by an environment variable."""

import os
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.processes.channel import Report, line
from sqsd_adapters.cli.settings.kept_files import KeptFiles

VARIABLE = "_SQSD_PROCESS"
STDIN = 0
CHUNK = 65_536  # bytes that are read at a time
#: what the parent does for all of its processes
OF_PARENT = {"PROCESSES": 1, "MONITORING_PORT": -1, "PROBE_PORT": -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """Descriptors that the parent has opened."""

    #: from 1
    number: int
    #: see ``channel``
    control: int
    #: to the lock server
    locks: int
    #: the read end of a pipe that closes when the parent ends
    life: int

    @classmethod
    def taken(cls, environ: MutableMapping[str, str] = os.environ) -> Self | None:
        """Take it out of the environment, so that no job inherits it; None where no parent started us."""
        if (text := environ.pop(VARIABLE, None)) is None:
            return None
        number, control, locks, life = map(int, text.split(":"))
        for descriptor in (control, locks, life):
            os.set_inheritable(descriptor, False)  # noqa: FBT003 - the standard library's signature
        return cls(number=number, control=control, locks=locks, life=life)

    @property
    def variable(self) -> dict[str, str]:
        return {VARIABLE: f"{self.number}:{self.control}:{self.locks}:{self.life}"}

    @staticmethod
    def files(descriptor: int = STDIN) -> KeptFiles:
        """Read what the parent has accepted, to the end of the standard input, which then is the null device.

        Raises:
            ValueError: the parent has ended meanwhile.
        """
        with open(os.devnull, "rb") as null:  # noqa: PTH123 - no path of anybody's
            text = b"".join(iter(partial(os.read, descriptor, CHUNK), b""))
            os.dup2(null.fileno(), descriptor)
        return KeptFiles.decoded(text.decode())

    def adapted(self, configuration: Configuration) -> Configuration:
        """The configuration of one process; a history's file belongs to one."""
        settings = configuration.settings.model_copy(update=OF_PARENT)
        if (file := settings.HISTORY_FILE) is not None:
            settings = settings.model_copy(update={"HISTORY_FILE": file.with_name(f"{file.name}.{self.number}")})
        return replace(configuration, settings=settings)

    def socket(self) -> socket.socket:
        """The socket to the parent; the descriptor itself stays open for the last words."""
        return socket.socket(fileno=os.dup(self.control))

    def refuse(self, reason: str) -> None:
        """Tell the parent why we end with exit code 2; it says so once for all processes."""
        with self.socket() as sock:
            sock.settimeout(None)
            sock.sendall(line(Report.REFUSED, reason))
