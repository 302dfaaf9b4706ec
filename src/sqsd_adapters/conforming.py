"""Whether what code or an extension brings along has the methods of its port; checked before the daemon starts."""

from collections.abc import Sequence
from inspect import isawaitable, iscoroutine

from sqsd_core.ports.observer import Observer


def misfit(part: object, port: type) -> str | None:
    """Why the part cannot be used as the port, in a sentence; None if it has all its methods."""
    if isinstance(part, type):
        return f"expected an instance of {port.__name__}, got the class {part.__qualname__}"
    missing = [name for name in vars(port) if not name.startswith("_") and not hasattr(part, name)]
    if not missing:
        return None
    return f"expected {port.__name__}, got {type(part).__qualname__}, which has no {', '.join(missing)}"


def demand(parameter: str, part: object, port: type) -> None:
    """Raise TypeError where the part has not the methods of its port."""
    if reason := misfit(part, port):
        raise TypeError(f"{parameter}: {reason}")


def demand_kind(parameter: str, value: object, kind: type) -> None:
    """Raise TypeError where the value is not of this class."""
    if not isinstance(value, kind):
        got = f"the class {value.__qualname__}" if isinstance(value, type) else type(value).__qualname__
        raise TypeError(f"{parameter}: expected {kind.__qualname__}, got {got}")


def demand_observers(observers: object) -> None:
    """Raise TypeError where these are not several observers, or one is none."""
    if not isinstance(observers, Sequence):
        raise TypeError(f"observers: expected a sequence of observers, got {type(observers).__qualname__}")
    for observer in observers:
        demand("observers", observer, Observer)


def demand_job(parameter: str, job: object) -> None:
    """Raise TypeError where the job was called, and not passed; what else it cannot be shows when it is opened."""
    if not isawaitable(job):
        return
    if iscoroutine(job):
        job.close()  # or Python warns that nobody has awaited it
    raise TypeError(
        f"{parameter}: expected a function or an Invoker, got what an async function returns: do not call it"
    )
