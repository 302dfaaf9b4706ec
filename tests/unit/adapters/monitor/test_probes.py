"""The one line that says why the daemon is not ready."""

from dataclasses import replace

import pytest

from sqsd_adapters.monitor.probes import unready_reason
from sqsd_core.policy.admission import HEALTHY, SENTENCES, Closure, Reason
from tests.support.monitor import IDLE


def reason_of(*reasons: Reason, why: str = "") -> str:
    closures = tuple(Closure(reason=reason, since=0.0, why=why) for reason in reasons)
    return unready_reason(replace(IDLE, ready=False, closures=closures))


@pytest.mark.parametrize("reason", sorted(set(Reason) - HEALTHY, key=str))
def test_a_reason_is_told_in_its_sentence_without_the_cause(reason: Reason) -> None:
    why = "connection to 10.0.0.7:8080\r\nrefused"
    assert reason_of(reason, why=why) == SENTENCES[reason]


def test_all_reasons_are_told() -> None:
    told = reason_of(Reason.BREAKER_OPEN, Reason.DELETES_REFUSED)
    assert told == "the worker is unavailable; the queue refuses deletions"


def test_a_healthy_reason_is_not_to_blame() -> None:
    assert reason_of(Reason.SLOTS_BUSY, Reason.PAUSED, Reason.STARTING) == "the queue has not answered yet"
