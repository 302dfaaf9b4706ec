"""Whatever a monitor watches tells it all that it may ask: the daemon, the parent of several, and the tests' fake."""

import pytest

from sqsd_adapters.cli.processes.family import Family
from sqsd_core import Daemon, Monitor
from tests.support.monitor import WatchedDaemon

METHODS = [name for name in vars(Monitor) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [Daemon, Family, WatchedDaemon])
@pytest.mark.parametrize("method", METHODS)
def test_each_method_of_the_port_is_there(kind: type, method: str) -> None:
    assert callable(getattr(kind, method, None))
