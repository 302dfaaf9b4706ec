"""An event loop whose time passes only when nothing is left to do, so that a test of minutes ends in milliseconds.

Timers fire in order and at once. Use it for tests without sockets and threads: real I/O takes real time, which this
loop does not wait for while a timer is pending. In a ``conftest.py`` (pytest-asyncio 1.4 or newer)::

    def pytest_asyncio_loop_factories(config, item):
        return {"virtual": VirtualTimeLoop}
"""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any


class _JumpingSelector(selectors.BaseSelector):
    """Looks at the real selector without waiting, and moves the time on by what it would have waited."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:  # noqa: ANN401 - as its base
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:  # noqa: ANN401 - as its base
        return self._real.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return self._real.select(None)
        ready = self._real.select(0)
        if not ready and timeout > 0:
            self.now += timeout
        return ready

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at 0 seconds."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        # The base counts a timer as due within its clock's resolution; ours has none, but floats round.
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jumping.now
