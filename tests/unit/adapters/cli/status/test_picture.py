"""The still picture of daemons."""

from dataclasses import replace

import pytest

from sqsd_adapters.cli.status.picture import picture
from sqsd_adapters.monitor._pb import sqsd_pb2
from tests.support.screens import MESSAGE, at, queue, recent, shown, task, view, worker

FAILING = queue(recent=recent(failed=12), causes=[sqsd_pb2.Cause(reason="status 500", count=40, recent=12)])


def test_a_picture_fits_into_80_columns() -> None:
    lines = shown(picture([view(queues=[FAILING], tasks=[task()])], width=80)).splitlines()
    assert max(map(len, lines)) == 80
    assert "…" not in "".join(lines)


def test_workers_queues_failures_and_tasks_are_shown() -> None:
    text = shown(picture([view(queues=[FAILING], tasks=[task(receives=3)])], width=80))
    for part in ("● receiving", "sqsd 1.2.3", "up 3 h 12 min", "31 of 64", "● closed", "1,204 ↓", "6.0/s", "9.7 %"):
        assert part in text
    for part in ("status 500", "→ sqsd why --failed", MESSAGE, "40 s", "3 of 5"):
        assert part in text


def test_more_room_shows_more() -> None:
    text = shown(picture([view(tasks=[task()])], width=140), width=140)
    for part in ("-18/s", "locks", "memory", "of its limit", "limit"):
        assert part in text


def test_a_worker_that_is_spared_and_a_rate_are_told() -> None:
    spared = worker(busy=8, usable=10, rate="50/s,burst=100")
    assert "8 of 10 " in shown(picture([view(workers=[spared])], width=80))
    wide = shown(picture([view(workers=[spared])], width=140), width=140)
    assert "8 of 10 (64)" in wide
    assert "6.0/s of 50/s " in wide
    assert "31 of 64 " in shown(picture([view(workers=[worker()])], width=140), width=140)


@pytest.mark.parametrize(("age", "said"), [(0, "12,300 ↓"), (89, "12,300 ↓"), (120, "12,300 (2 min ago)")])
def test_an_old_depth_is_shown_with_its_age(age: float, said: str) -> None:
    depth = sqsd_pb2.Depth(visible=12_300, at=at(age), trend=-18.0)
    lines = shown(picture([view(queues=[queue(depth=depth)])], width=80)).splitlines()
    assert any(said in line and "orders" in line for line in lines)
    assert max(map(len, lines)) == 80


def test_the_depth_of_a_daemon_that_went_silent_grows_old() -> None:
    gone = replace(view(silent="it is gone"), silent_for=300.0)
    assert "1,204 (5 min ago)" in shown(picture([gone], width=80))


def test_several_daemons_are_told_apart_by_numbers() -> None:
    gone = view(address="host-8:6969", mark="2", silent="it is gone")
    text = shown(picture([view(mark="1", tasks=[task()]), gone], width=80))
    assert "1 ● receiving" in text
    assert "2 ✖ no answer" in text
    assert "it is gone" in text
    assert f"1   {MESSAGE}  orders" in text


def test_a_daemon_that_never_answered_has_no_tables() -> None:
    text = shown(picture([view(queues=[], workers=[])], width=80))
    assert "Queues" not in text


def test_each_of_several_processes_is_shown() -> None:
    processes = [
        sqsd_pb2.Process(number=1, pid=4711, ready=True, slots=8, busy=3),
        sqsd_pb2.Process(number=2, restarts=7, slots=8),
        sqsd_pb2.Process(number=3, pid=4713, ready=True, draining=True, slots=8),
        sqsd_pb2.Process(number=4, pid=4714, slots=8),
    ]
    lines = shown(picture([view(processes=processes)], width=80)).splitlines()
    for parts in (["3 of 8", "4711", "● receiving"], ["7", "–", "✖ not running"], ["▲ draining"], ["▲ not ready"]):
        assert any(all(part in line for part in parts) for line in lines)
    assert max(map(len, lines)) == 80
    assert "Processes" not in shown(picture([view()], width=80))


def test_colours_only_accompany_words() -> None:
    plain = shown(picture([view(queues=[FAILING])], width=80))
    assert "\x1b" not in plain
    assert "\x1b[" in shown(picture([view(queues=[FAILING])], width=80), colour=True)


@pytest.mark.parametrize("name", ["[/red]", "\x1b[2J", "a\nb", "\u202egnp", "n" * 300])
def test_what_a_stranger_calls_things_is_no_markup_and_moves_no_cursor(name: str) -> None:
    stranger = view(
        queues=[queue(name, causes=[sqsd_pb2.Cause(reason=name, count=1)])],
        workers=[worker(name, breaker=sqsd_pb2.Breaker(state=name))],
        tasks=[task(name, queue=name)],
        version=name,
        instance=name,
    )
    lines = shown(picture([stranger], width=80)).splitlines()
    assert all(line.isprintable() and len(line) <= 80 for line in lines)


def test_figures_that_are_none_do_no_harm() -> None:
    wrong = sqsd_pb2.Percentiles(count=1, p50=float("nan"), p99=float("inf"))
    bad = sqsd_pb2.Recent(ended=2**64 - 1, failed=2**64 - 1, wait=wrong, invocation=wrong)
    bad.window.seconds = -(2**63)
    text = shown(picture([view(queues=[queue(recent=bad)], workers=[worker(recent=bad, slots=0)])], width=80))
    assert "orders" in text
