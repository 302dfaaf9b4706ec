"""The command line, and the composition root for those who start a daemon from code."""

from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqsd_adapters.cli.serving import serve
    from sqsd_adapters.cli.settings import Settings

__all__ = ["Settings", "serve"]

_HOMES = {"Settings": "settings", "serve": "serving"}


def __getattr__(name: str) -> object:
    # imported on first use, as `sqsd --help` passes here as well
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = resolve_name(f"{__name__}.{_HOMES[name]}:{name}")
    globals()[name] = found
    return found
