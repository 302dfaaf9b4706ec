"""One reload: the files that are read, and who decides whether they are applied."""

import logging
from typing import Protocol

from sqsd_adapters.cli.settings.kept_files import KeptFiles
from sqsd_core.errors import SqsdError

REFUSED = "reload refused, nothing has changed"

logger = logging.getLogger(__name__)


class Round(Protocol):
    """Asked once for each of these, in this order."""

    files: KeptFiles

    def accept(self) -> None:
        """Say that everything is ready to be applied."""
        ...

    def refuse(self, event: str, error: Exception) -> None:
        """Say why nothing can be applied."""
        ...

    async def decided(self) -> bool:
        """Whether to apply what was accepted."""
        ...


class Alone:
    """The reload of a daemon that decides for itself."""

    def __init__(self) -> None:
        self.files = KeptFiles()
        self._accepted = False

    def accept(self) -> None:
        self._accepted = True

    def refuse(self, event: str, error: Exception) -> None:
        log_refusal(event, error)

    async def decided(self) -> bool:
        return self._accepted


def log_refusal(event: str, error: Exception) -> None:
    exc_info = None if isinstance(error, SqsdError) else error
    logger.error(event, extra={"reason": reason_of(error)}, exc_info=exc_info)


def reason_of(error: Exception) -> str:
    return str(error) if isinstance(error, SqsdError) else f"{type(error).__name__}: {error}"
