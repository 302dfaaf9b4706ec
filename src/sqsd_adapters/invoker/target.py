"""Finds the Python object that ``INVOKER=package.module:attribute`` names."""

import importlib
import sys
from functools import reduce
from pathlib import Path
from types import ModuleType

from sqsd_adapters.errors import ConfigurationError


def load(path: str) -> object:
    """Import ``package.module:attribute``; the attribute may be dotted.

    Modules in the working directory can be imported, as with gunicorn and uvicorn. Unlike there, the directory comes
    last in the import path, and only where the import fails without it: a file in it never replaces a module of the
    standard library or an installed one. Raises ConfigurationError that says what is wrong; its cause is the error of
    an import that failed.
    """
    module_name, colon, attribute = path.partition(":")
    if not (colon and module_name and attribute):
        raise ConfigurationError(f"{path!r} is not of the form package.module:attribute")
    target = _attribute(_module(module_name), attribute, path)
    if not (callable(target) or hasattr(target, "invoke") or hasattr(target, "invoke_batch")):
        raise ConfigurationError(f"{path!r} is a {type(target).__qualname__}, which is neither callable nor an Invoker")
    return target


def _module(name: str) -> ModuleType:
    try:
        return _imported(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise ConfigurationError(
                f"no module {error.name!r} in the working directory or on the Python path"
            ) from error
        raise ConfigurationError(f"Module {name!r} imports a module {error.name!r} that does not exist") from error
    except (Exception, SystemExit) as error:
        raise ConfigurationError(f"Module {name!r} fails to import: {type(error).__qualname__}: {error}") from error


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        if not _added_working_directory():
            raise
    return importlib.import_module(name)


def _added_working_directory() -> bool:
    try:
        here = str(Path.cwd())
    except OSError:  # it was deleted, or may not be read
        return False
    if here in sys.path:
        return False
    sys.path.append(here)
    importlib.invalidate_caches()
    return True


def _attribute(module: ModuleType, attribute: str, path: str) -> object:
    try:
        found: object = reduce(getattr, attribute.split("."), module)
    except AttributeError as error:
        file = getattr(module, "__file__", None) or "built in"
        raise ConfigurationError(f"{path!r}: module {module.__name__!r} ({file}) has no {attribute!r}") from error
    return found
