"""Signals: what ends the process before the daemon runs, and what drains it afterwards."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

DRAINING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def leave_on_signals() -> None:
    """Until there is something to drain, a signal ends the process at once, with 0."""
    for number in _wanted():
        signal.signal(number, lambda *_: os._exit(0))


def ignore_signals() -> None:
    """Once the drain is over nothing is left that a signal could hurry."""
    for number in DRAINING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def on_signals(loop: "asyncio.AbstractEventLoop", call: Callable[[], None]) -> Iterator[None]:
    """Have the loop call ``call`` for each signal; outside the main thread signals are not ours to take."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.getsignal(number) for number in _wanted()}
    for number in former:
        loop.add_signal_handler(number, call)
    try:
        yield
    finally:
        for number, handler in former.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _wanted() -> list[signal.Signals]:
    # nohup ignores SIGHUP before it starts us, and means it
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in DRAINING if not (number is signal.SIGHUP and ignored)]
