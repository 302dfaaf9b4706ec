"""What the bench makes of several runs of a cell."""

from dataclasses import replace

from benchmarks.machine import is_optimized
from benchmarks.results import Measurement, Session
from benchmarks.scenario import FLOOR, PEERS, TWO_PROCESSES, UVLOOP, Cell, full
from benchmarks.targets import targets


def measured(cell: Cell, *, per_second: float = 1_000, cpu_us: float = 50) -> Measurement:
    return Measurement(
        cell=cell, messages=100, per_second=per_second, cpu_us=cpu_us, calls={}, peak_mib=80, duplicates=0, losses=0,
        sqs_ms=0, worker_ms=0, exit_code=0,
    )  # fmt: skip


def shown(session: Session, name: str) -> str:
    return next(target.shown for target in targets(session, None) if target.name.startswith(name))


def test_the_median_of_several_runs_is_shown_with_the_least_and_the_greatest() -> None:
    session = Session(outcomes=[measured(UVLOOP, cpu_us=figure) for figure in (60, 50, 90)])
    (result,) = session.measurements
    assert (result.cpu_us, result.cpu_us_range, result.runs) == (60, (50, 90), 3)


def test_the_better_number_of_consumers_counts() -> None:
    seven, many = PEERS
    session = Session(
        outcomes=[
            measured(UVLOOP, per_second=9_000),
            measured(seven, per_second=2_000),
            measured(many, per_second=3_000),
        ]
    )
    assert shown(session, "Messages/s against sqs-consumer with 32 consumers").startswith("3.00 x")


def test_cpu_is_compared_with_the_floor_of_the_same_run() -> None:
    session = Session(outcomes=[measured(UVLOOP, cpu_us=56), measured(FLOOR, cpu_us=20)])
    assert shown(session, "CPU per message: 64 slots, no latency, uvloop").startswith("2.80 floors")


def test_two_processes_are_compared_with_one() -> None:
    session = Session(outcomes=[measured(UVLOOP, per_second=1_000), measured(TWO_PROCESSES, per_second=1_750)])
    assert shown(session, "2 processes") == "1.75 x"


def test_candidates_take_turns() -> None:
    cells = list(full(3))
    first = cells.index(UVLOOP)
    second = cells.index(UVLOOP, first + 1)
    assert {UVLOOP, FLOOR, *PEERS} <= set(cells[first:second])


def test_conditions_are_part_of_a_cells_name() -> None:
    changed = [replace(UVLOOP, busy_worker=True), replace(UVLOOP, network_ms=1), TWO_PROCESSES]
    assert len({cell.name for cell in (UVLOOP, *changed)}) == 4


def test_an_interpreter_is_optimized_by_its_own_flag_or_by_the_build_of_debian() -> None:
    assert is_optimized("'--enable-optimizations' '--with-lto'")
    assert is_optimized("'--enable-shared' '--with-wheel-pkg-dir=/usr/share/python-wheels/'")
    assert not is_optimized("'--enable-shared' '--prefix=/usr/local'")
