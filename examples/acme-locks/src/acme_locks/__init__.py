"""LOCKER=acme: locks in a JSON file, for the daemons of one host."""

from pathlib import Path

from pydantic import BaseModel, Field

from acme_locks.store import FileLocks
from sqsd import Context, Extension

__all__ = ["AcmeSettings", "FileLocks", "extension"]


class AcmeSettings(BaseModel):
    """The variables of the store; ``sqsd config`` shows them."""

    ACME_LOCKS_PATH: Path = Field(description="File of the locks; its directory must exist and be writable")
    ACME_LOCKS_TIMEOUT: float = Field(0.5, gt=0, le=60, description="Seconds that one call may take")


def make(own: AcmeSettings, context: Context) -> FileLocks:
    return FileLocks(path=own.ACME_LOCKS_PATH, clock=context.clock, timeout=own.ACME_LOCKS_TIMEOUT)


extension = Extension(settings=AcmeSettings, make=make)
