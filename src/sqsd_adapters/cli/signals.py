"""Signals that drain the daemon or make it read its files again, and what becomes of them afterwards."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from sqsd_adapters.cli.early_signals import DRAINING, RELOADING, wanted

if TYPE_CHECKING:
    import asyncio


def ignore_signals() -> None:
    """Once the drain is over nothing is left that a signal could hurry."""
    for number in (*DRAINING, RELOADING):
        signal.signal(number, signal.SIG_IGN)


def on_signals(loop: "asyncio.AbstractEventLoop", call: Callable[[], None]) -> AbstractContextManager[None]:
    """Have the loop call ``call`` for each signal that drains."""
    return _on(loop, wanted(), call)


def on_reload(loop: "asyncio.AbstractEventLoop", call: Callable[[], None]) -> AbstractContextManager[None]:
    """Have the loop call ``call`` for each SIGUSR1, which would else end the process."""
    return _on(loop, [RELOADING], call)


@contextmanager
def _on(
    loop: "asyncio.AbstractEventLoop", numbers: Sequence[signal.Signals], call: Callable[[], None]
) -> Iterator[None]:
    """Outside the main thread signals are not ours to take."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.getsignal(number) for number in numbers}
    for number in former:
        loop.add_signal_handler(number, call)
    try:
        yield
    finally:
        for number, handler in former.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
