"""How often a process has been told to stop, by signals and by its parent."""

from collections.abc import Callable


class Stops:
    """A stop that arrives both ways counts once.

    A terminal, systemd and others signal every process of a group, and the parent passes its signals on as well. If
    these were added up, the first request to stop would count as a second, which cuts running jobs.
    """

    def __init__(self, request: Callable[[], None]) -> None:
        """Take what is called once per request."""
        self._request = request
        self._signals = 0
        self._requested = 0

    def signalled(self) -> None:
        """A signal arrived here."""
        self._signals += 1
        self.reach(self._signals)

    def reach(self, requests: int) -> None:
        """There have been so many requests in all."""
        while self._requested < requests:
            self._requested += 1
            self._request()
