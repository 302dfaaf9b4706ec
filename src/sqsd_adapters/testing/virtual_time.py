"""Virtual time, so that a test of minutes ends in milliseconds.

Time moves when the loop is idle, and then jumps to the next timer. ``in_virtual_time`` runs one test so. For all tests
of a folder, in its ``conftest.py`` (pytest-asyncio 1.4 or newer)::

    def pytest_asyncio_loop_factories(config, item):
        return {"virtual": VirtualTimeLoop}
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqsd_adapters.clock.system import SystemClock

PATIENCE = 0.05  # real seconds that open sockets get before each jump

P = ParamSpec("P")
T = TypeVar("T")

_real = SystemClock()


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Decorate an async function, so that it becomes a plain function that runs in its own loop, in virtual time.

    pytest and unittest run it like any function, without a plugin::

        @in_virtual_time
        async def test_an_unpaid_order_comes_back_a_minute_later():
            ...

    Async fixtures belong to another loop, so open what the test needs inside the test. ``loop.time()`` begins at the
    real monotonic time, so that messages sent before the test are visible.
    """

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        main = test(*args, **kwargs)
        if not isinstance(main, Coroutine):
            raise TypeError(f"in_virtual_time: expected an async function, got {test!r}")
        return run_in_virtual_time(main)

    return run


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as ``asyncio.run`` does, in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(start=_real.monotonic())) as runner:
        return runner.run(main)


class _JumpingSelector(selectors.BaseSelector):
    """Polls the real selector, and adds the time that it would have waited.

    The loop's own socket, by which threads wake it, is always registered. What else is registered may have an answer
    under way: it gets ``PATIENCE``. While the loop runs ``in_real_time``, nothing is added.
    """

    OWN = 1

    def __init__(self, start: float) -> None:
        self._real = selectors.DefaultSelector()
        self.now = start
        #: how many parts of the program need real time
        self.holders = 0
        #: the processes that were started in the loop and may still run
        self.children: list[asyncio.SubprocessTransport] = []

    @property
    def held(self) -> bool:
        self.children = [child for child in self.children if child.get_returncode() is None]
        return bool(self.holders or self.children)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:  # noqa: ANN401 - as its base
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:  # noqa: ANN401 - as its base
        return self._real.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0 if timeout is not None else None)
        if ready or timeout is None or timeout <= 0:
            return ready
        if self.held:
            return self._wait(timeout)
        if len(self._real.get_map()) > self.OWN and (ready := self._wait(min(timeout, PATIENCE))):
            return ready
        self.now += timeout
        return ready

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def _wait(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        begun = _real.monotonic()
        ready = self._real.select(timeout)
        if ready or self.held:
            self.now += min(timeout, _real.monotonic() - begun)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next event when nothing can run; it starts at ``start`` seconds."""

    def __init__(self, *, start: float = 0.0) -> None:
        self._jumping = _JumpingSelector(start)
        super().__init__(self._jumping)
        # The base class counts a timer as due within the clock's resolution; here only rounding matters.
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jumping.now

    def block(self, seconds: float) -> None:
        """Advance the time by ``seconds`` without a turn of the loop, as a callback that blocks would."""
        self._jumping.now += seconds

    @contextmanager
    def in_real_time(self) -> Iterator[None]:
        """Use real time during the block, while something runs that the loop cannot see, such as a thread."""
        self._jumping.holders += 1
        try:
            yield
        finally:
            self._jumping.holders -= 1

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]  # noqa: ANN401 - as its base
        """Run in a thread; time is real until it ends."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.holders += 1
        future.add_done_callback(self._released)
        return future

    async def subprocess_exec(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as its base
        """Run a process; time is real until it ends."""
        return self._watched(await super().subprocess_exec(*args, **kwargs))

    async def subprocess_shell(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as its base
        """Run a command in a shell; time is real until it ends."""
        return self._watched(await super().subprocess_shell(*args, **kwargs))

    def _watched(self, started: tuple[asyncio.SubprocessTransport, T]) -> tuple[asyncio.SubprocessTransport, T]:
        self._jumping.children.append(started[0])
        return started

    def _released(self, _: object) -> None:
        self._jumping.holders -= 1
