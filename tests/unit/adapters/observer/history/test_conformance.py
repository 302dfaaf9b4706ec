"""The history as an observer."""

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.observer.history.memory import MemoryHistory
from sqsd_adapters.testing.observer_suite import ObserverSuite


class TestMemoryHistory(ObserverSuite):
    remembered = 200

    @pytest.fixture
    def observer(self) -> MemoryHistory:
        return MemoryHistory(clock=SystemClock(), instance="host-7[21]", size=200)
