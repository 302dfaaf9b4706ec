"""Which call meets which fault."""

import pytest

from sqsd_adapters.queue.embedded.errors import ErrorCode
from sqsd_adapters.queue.embedded.faults import NO_FAULTS, Fault, FaultKind, Faults


def test_without_faults_a_call_meets_none_and_is_counted() -> None:
    faults = Faults()
    assert faults.meet("ReceiveMessage") == NO_FAULTS
    faults.meet("ReceiveMessage")
    assert faults.calls == {"ReceiveMessage": 2}


def test_a_fault_of_one_operation_leaves_the_others_alone() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.RESET, operation="DeleteMessageBatch"))
    assert not faults.meet("ReceiveMessage").reset
    assert faults.meet("DeleteMessageBatch").reset


def test_a_fault_is_over_after_its_count() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.LOSE_ANSWER, count=2))
    assert [faults.meet("ReceiveMessage").lose_answer for _ in range(3)] == [True, True, False]


def test_a_fault_strikes_with_its_probability_and_the_same_way_under_the_same_seed() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(seed=seed)
        faults.add(Fault(kind=FaultKind.RESET, probability=0.3))
        return [faults.meet("ReceiveMessage").reset for _ in range(1_000)]

    assert 200 < sum(strikes(1)) < 400
    assert strikes(1) == strikes(1) != strikes(2)


def test_a_delay_goes_with_another_fault() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.DELAY, seconds=2), Fault(kind=FaultKind.THROTTLE))
    met = faults.meet("ReceiveMessage")
    assert met.delay == 2
    assert met.error is not None
    assert met.error.code is ErrorCode.THROTTLING


def test_the_first_entries_of_a_batch_fail() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.FAIL_ENTRIES, entries=2))
    assert faults.meet("DeleteMessageBatch", entries=10).failing == {0, 1}
    assert faults.meet("DeleteMessageBatch", entries=1).failing == {0}


def test_a_fraction_of_the_entries_fails() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.FAIL_ENTRIES, fraction=0.5))
    failing = [len(faults.meet("DeleteMessageBatch", entries=10).failing) for _ in range(100)]
    assert 400 < sum(failing) < 600


def test_cleared_faults_are_over_and_the_counters_stay() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.RESET))
    faults.meet("ReceiveMessage")
    faults.clear()
    assert faults.meet("ReceiveMessage") == NO_FAULTS
    assert faults.active == ()
    assert faults.calls["ReceiveMessage"] == 2


def test_a_fault_survives_json() -> None:
    fault = Fault(kind=FaultKind.FAIL_ENTRIES, operation="DeleteMessageBatch", entries=3, count=1)
    assert Fault.from_json(fault.to_json()) == fault


@pytest.mark.parametrize("fields", [{}, {"kind": "rain"}, {"kind": "reset", "colour": "red"}])
def test_json_that_is_no_fault_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Fault.from_json(fields)
