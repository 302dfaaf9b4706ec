"""Signals that drain the daemon or make it read its files again, and what becomes of them afterwards."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from sqsd_adapters.cli.early_signals import DRAINING, RELOADING, forget_reload, is_reload_asked, wanted

if TYPE_CHECKING:
    import asyncio


def ignore_signals() -> None:
    """Once the drain is over nothing is left that a signal could hurry."""
    for number in (*DRAINING, RELOADING):
        signal.signal(number, signal.SIG_IGN)


def on_signals(loop: "asyncio.AbstractEventLoop", call: Callable[[], None]) -> AbstractContextManager[None]:
    """Have the loop call ``call`` for each signal that drains."""
    return _on(loop, wanted(), call)


@contextmanager
def on_reload(loop: "asyncio.AbstractEventLoop", call: Callable[[], None]) -> Iterator[None]:
    """Have the loop call ``call`` for each SIGUSR1, which would else end the process, and for one during the start."""
    with _on(loop, [RELOADING], call):
        if is_reload_asked():
            forget_reload()
            call()
        yield


@contextmanager
def _on(
    loop: "asyncio.AbstractEventLoop", numbers: Sequence[signal.Signals], call: Callable[[], None]
) -> Iterator[None]:
    """Outside the main thread signals are not ours to take."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    for number in numbers:
        if number not in _taken:
            _taken[number] = _Taken(loop, number)
        _taken[number].calls.append(call)
    try:
        yield
    finally:
        for number in numbers:
            taken = _taken[number]
            taken.calls.remove(call)
            if not taken.calls:
                del _taken[number]
                taken.give_back()


class _Taken:
    """A signal that the loop takes, for all who wait for it: several daemons may run in one process."""

    def __init__(self, loop: "asyncio.AbstractEventLoop", number: signal.Signals) -> None:
        self.calls: list[Callable[[], None]] = []
        self._loop = loop
        self._number = number
        self._former = signal.getsignal(number)
        #: the loop's own handler, which only asyncio's loop shows
        self._handle = getattr(loop, "_signal_handlers", {}).get(number)
        loop.add_signal_handler(number, self._tell)

    def give_back(self) -> None:
        """Restore the former handler; that of another loop than asyncio's cannot be known, and becomes the default."""
        self._loop.remove_signal_handler(self._number)  # the signal then has its default action
        if self._handle is not None:
            self._loop.add_signal_handler(self._number, self._handle._callback, *self._handle._args)  # noqa: SLF001
        elif getattr(self._former, "__self__", None) is not self._loop:
            signal.signal(self._number, self._former)

    def _tell(self) -> None:
        for call in [*self.calls]:
            call()


_taken: dict[signal.Signals, _Taken] = {}
