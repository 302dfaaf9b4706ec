"""What a signal does before there is a daemon to drain; imports only what takes no time."""

import os
import signal

DRAINING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
RELOADING = signal.SIGUSR1

_former: dict[signal.Signals, object] = {}
_asked: set[signal.Signals] = set()


def leave_on_signals() -> None:
    """End the process with 0 on a signal: nothing has started yet.

    The kernel discards a signal to process 1 (of a container) unless the process has a handler for it.
    """
    for number in wanted():
        _former[number] = signal.signal(number, _leave)
    # by default the signal ends the process
    _former[RELOADING] = signal.signal(RELOADING, _remember)
    forget_reload()


def give_back_signals() -> None:
    """Undo ``leave_on_signals``, for commands that are no daemon."""
    while _former:
        number, handler = _former.popitem()
        signal.signal(number, handler)  # type: ignore[arg-type] # what signal.signal returned


def forget_reload() -> None:
    """Files are read for the first time: a reload that was asked for before has nothing to add."""
    _asked.clear()


def is_reload_asked() -> bool:
    """Whether a reload was asked for since then, before there was a daemon to reload."""
    return bool(_asked)


def wanted() -> list[signal.Signals]:
    """The signals to take."""
    # nohup ignores SIGHUP before it starts us, and means it
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in DRAINING if not (number is signal.SIGHUP and ignored)]


def _remember(*_: object) -> None:
    _asked.add(RELOADING)


def _leave(*_: object) -> None:
    os._exit(0)
