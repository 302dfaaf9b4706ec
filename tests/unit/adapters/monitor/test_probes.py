"""The one line that says why the daemon is not ready."""

from dataclasses import replace

import pytest

from sqsd_adapters.monitor.probes import unready_reason
from sqsd_core.policy.breaker import State
from tests.support.monitor import IDLE

OPEN = replace(IDLE.breaker, state=State.OPEN, reason="connection\r\nrefused")


def test_a_drain_is_the_reason_whatever_else_is_wrong() -> None:
    assert unready_reason(replace(IDLE, ready=False, draining=True, breaker=OPEN)) == "draining"


@pytest.mark.parametrize("state", [State.OPEN, State.PROBING, State.TRIAL])
def test_an_unavailable_worker_is_told_with_its_reason_in_one_line(state: State) -> None:
    snapshot = replace(IDLE, ready=False, breaker=replace(OPEN, state=state))
    assert unready_reason(snapshot) == "the worker is unavailable: connection refused"


def test_what_is_left_is_the_queue() -> None:
    assert unready_reason(replace(IDLE, ready=False)) == "the queue does not answer"
