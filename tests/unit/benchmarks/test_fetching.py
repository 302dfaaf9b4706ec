"""What docs/fetching.md claims of fetching by demand, by the simulation that it shows."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from benchmarks.fetching import LATENCY, NOTE, OPTIONS, PHASES, Figures, table
from benchmarks.fetching_chart import chart
from benchmarks.fetching_stage import Look, simulate

SLOTS = OPTIONS.slots


class Seen(NamedTuple):
    """A phase's looks and figures."""

    looks: Sequence[Look]
    figures: Figures

    def after(self, seconds: float) -> Sequence[Look]:
        start = self.looks[0].at + seconds
        return [look for look in self.looks if look.at >= start]


@pytest.fixture(scope="module")
def seen() -> Mapping[str, Seen]:
    looks = simulate(PHASES, latency=LATENCY, options=OPTIONS)
    return {phase.name: Seen(part, Figures.of(part, slots=SLOTS)) for phase, part in zip(PHASES, looks, strict=True)}


def test_a_backlog_keeps_the_slots_at_work_though_a_receive_takes_longer_than_a_job(seen: Mapping[str, Seen]) -> None:
    assert seen["Backlog"].figures.busy > 0.95
    assert Figures.of(seen["Backlog"].after(0.2), slots=SLOTS).busy > 0.99


def test_a_backlog_costs_a_fifth_of_a_call_a_message(seen: Mapping[str, Seen]) -> None:
    calls = seen["Backlog"].figures.calls_per_message
    assert calls is not None
    assert calls < 0.21


def test_little_more_is_held_than_a_receive_calls_for(seen: Mapping[str, Seen]) -> None:
    completed_in_a_receive = SLOTS / 0.01 * LATENCY
    assert seen["Backlog"].figures.most_buffered < 1.5 * completed_in_a_receive


def test_when_jobs_become_slow_what_is_buffered_is_worked_off_before_more_is_asked_for(
    seen: Mapping[str, Seen],
) -> None:
    arrived = seen["Slow jobs"].after(0.1)
    surplus = [look for look in arrived if look.running + look.buffered > SLOTS]

    assert surplus
    assert not any(look.asked for look in surplus)


def test_slow_jobs_hold_no_more_than_the_slots_and_keep_them_at_work(seen: Mapping[str, Seen]) -> None:
    steady = seen["Slow jobs"].after(7.0)

    assert not any(look.buffered for look in steady)
    assert max(look.running + look.asked for look in steady) <= SLOTS
    assert Figures.of(steady, slots=SLOTS).busy > 0.95


def test_an_empty_queue_gets_one_receive_at_a_time(seen: Mapping[str, Seen]) -> None:
    assert seen["Empty"].figures.most_receiving == 1
    assert seen["Empty"].looks[-1].receiving == 1


def test_a_trickle_gets_one_receive_at_a_time_and_one_a_message(seen: Mapping[str, Seen]) -> None:
    trickle = seen["Trickle"]

    assert trickle.figures.most_receiving == 1
    assert trickle.looks[-1].receives - trickle.looks[0].receives <= trickle.figures.finished + 1


def test_a_burst_fills_the_slots_within_an_eighth_of_a_second(seen: Mapping[str, Seen]) -> None:
    assert seen["Burst"].after(0.125)[0].running == SLOTS


def test_after_a_burst_one_receive_is_left_soon(seen: Mapping[str, Seen]) -> None:
    assert seen["Burst"].looks[-1].receiving == 1


def test_the_window_is_never_exceeded_by_more_than_prefetch_has_shrunk(seen: Mapping[str, Seen]) -> None:
    for looks, _ in seen.values():
        for before, after in pairwise(looks):
            used = after.running + after.buffered + after.asked
            grew = used > before.running + before.buffered + before.asked
            assert not grew or used <= SLOTS + max(before.prefetch, after.prefetch)


def test_the_chart_and_the_table_show_every_phase(seen: Mapping[str, Seen]) -> None:
    drawn = chart(PHASES, [looks for looks, _ in seen.values()], slots=SLOTS, note=NOTE)
    said = "".join(ET.fromstring(drawn).itertext())
    listed = table(list(zip(PHASES, [figures for _, figures in seen.values()], strict=True)))

    assert all(phase.name in said and phase.name in listed for phase in PHASES)
