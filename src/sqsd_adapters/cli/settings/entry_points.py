"""Finds the extensions that installed packages offer under a name."""

from enum import Enum
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sqsd_adapters.cli.settings.extension import Extension
from sqsd_adapters.errors import ConfigurationError


class Group(Enum):
    """The group of entry points of each port."""

    QUEUES = "sqsd.queues"
    INVOKERS = "sqsd.invokers"
    LOCK_STORES = "sqsd.lock_stores"
    OBSERVERS = "sqsd.observers"


def names(group: Group) -> list[str]:
    """The names that are installed, in lower case."""
    return sorted({point.name.lower() for point in entry_points(group=group.value)})


def check_installed(group: Group, name: str) -> None:
    """Raise ``ValueError`` that names what is installed instead."""
    if name not in (installed := names(group)):
        known = ", ".join(installed) or "none"
        raise ValueError(f"no extension {name!r} is installed in the group {group.value} (installed: {known})")


def load(group: Group, name: str) -> Extension[Any, Any] | None:
    """Import the extension; None where none of this name is installed.

    Raises:
        ConfigurationError: it cannot be imported, is no Extension, or two packages offer the name.
    """
    # a package that is on the path twice offers its entry point twice
    found = {point.value: point for point in entry_points(group=group.value) if point.name.lower() == name}
    match [*found.values()]:
        case []:
            return None
        case [point]:
            return _loaded(point)
        case points:
            both = ", ".join(sorted(point.value for point in points))
            raise ConfigurationError(f"several packages offer {name!r} in the group {group.value}: {both}")


def _loaded(point: EntryPoint) -> Extension[Any, Any]:
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__qualname__}: {error}"
        raise ConfigurationError(f"the entry point {point.value} fails to import: {reason}") from error
    if not isinstance(loaded, Extension):
        raise ConfigurationError(f"the entry point {point.value} is a {type(loaded).__qualname__}, no sqsd.Extension")
    return loaded
