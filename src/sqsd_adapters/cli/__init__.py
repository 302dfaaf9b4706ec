"""The command line, and the composition root for those who start a daemon from code."""

# the command passes here before it has taken the signals: nothing is imported before it is used
TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqsd_adapters.cli.embedding import Sqsd
    from sqsd_adapters.cli.serving import serve
    from sqsd_adapters.cli.settings.settings import Settings

__all__ = ["Settings", "Sqsd", "serve"]

_HOMES = {"Settings": "settings.settings", "Sqsd": "embedding", "serve": "serving"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pkgutil import resolve_name  # noqa: PLC0415 - see above

    found: object = resolve_name(f"{__name__}.{_HOMES[name]}:{name}")
    globals()[name] = found
    return found
