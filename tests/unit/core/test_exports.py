"""What ``sqsd_core`` offers an embedder and the author of an adapter."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import sqsd_core
from sqsd_core import ports


def _defined_by_the_ports() -> Iterator[str]:
    for found in pkgutil.iter_modules(ports.__path__):
        module = importlib.import_module(f"{ports.__name__}.{found.name}")
        yield from (
            name for name, value in inspect.getmembers(module, inspect.isclass) if value.__module__ == module.__name__
        )


def test_every_port_and_its_types_are_exported() -> None:
    assert set(_defined_by_the_ports()) <= set(sqsd_core.__all__)


def test_what_a_port_takes_and_returns_is_exported() -> None:
    assert {"Claim", "Lock", "Message", "MessageId", "Outcome", "ReceiptHandle", "Snapshot"} <= set(sqsd_core.__all__)
