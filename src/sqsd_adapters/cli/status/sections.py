"""What a daemon is made of as tables: workers, queues, causes of failures, tasks; pure."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from sqsd_adapters.cli.status import cells, figures
from sqsd_adapters.cli.status.tables import Column, Look, add, fitting, table
from sqsd_adapters.cli.status.view import CauseRow, QueueRow, TaskRow, View, per_second
from sqsd_adapters.monitor.plain import seconds
from sqsd_adapters.printable import printable

NAME = 128  # characters

_SLOTS = Column(heading="", width=16, wider=44, grows=True, right=False)
_USED = Column(heading="", width=16, wider=32, grows=True, right=False)
_RATES = Column(heading="5 minutes", width=10, wider=15)
_FAILURES = Column(heading="failures", width=10, wide=True)
_CAUSE = Column(heading="5 minutes", width=40, grows=True, right=False, wide=True)
_AGE = Column(heading="of its limit", width=40, grows=True, right=False, wide=True)

_WORKERS = (
    _USED,
    Column(heading="slots", width=9, wider=13),
    Column(heading="waiting", width=7, wide=True),
    Column(heading="rate", width=8, wider=17),
    Column(heading="run p50", width=7),
    Column(heading="p99", width=6),
    Column(heading="limit", width=6, wide=True),
    Column(heading="breaker", width=10, right=False),
)
_DEPTH = Column(heading="depth", width=9)
_QUEUES = (
    Column(heading="trend", width=9, wide=True),
    Column(heading="in flight", width=9, wide=True),
    _RATES,
    Column(heading="rate", width=8),
    Column(heading="failed", width=6),
    _FAILURES,
    Column(heading="wait p50", width=8, wide=True),
    Column(heading="wait p99", width=8),
    Column(heading="dead", width=5),
    Column(heading="locks", width=10, right=False, wide=True),
)
_PROCESSES = (
    _SLOTS,
    Column(heading="slots", width=9),
    Column(heading="waiting", width=7, wide=True),
    Column(heading="restarts", width=8),
    Column(heading="pid", width=8),
    Column(heading="state", width=13, right=False),
)
_CAUSES = (
    Column(heading="queue", width=16, right=False),
    _CAUSE,
    Column(heading="5 min", width=7),
    Column(heading="in all", width=8),
)
_TASKS = (
    Column(heading="queue", width=14, wider=16, right=False),
    _AGE,
    Column(heading="age", width=12),
    Column(heading="receive", width=8),
)


def worker_table(views: Sequence[View], look: Look) -> Table:
    """One row per worker."""
    grid = table("Workers", _WORKERS, look)
    for view in views:
        for worker in view.status.workers if view.status else ():
            run, limit = worker.recent.invocation, seconds(worker.time_limit)
            values = (
                cells.slots(worker, _USED.width_in(look)),
                cells.taken(worker, wide=look.wide),
                figures.count(worker.buffered),
                cells.rate(worker, wide=look.wide),
                cells.percentile(run.p50, run, limit),
                cells.percentile(run.p99, run, limit),
                figures.brief(limit) if limit else "–",
                cells.breaker(worker.breaker),
            )
            name = Text(printable(worker.name, NAME))
            stale = bool(view.silent)
            add(grid, _WORKERS, look, mark=view.mark, key=(), name=name, cells=values, stale=stale)
    return grid


def process_table(views: Sequence[View], look: Look) -> Table:
    """One row per process of PROCESSES."""
    grid = table("Processes", _PROCESSES, look)
    for view in views:
        for process in view.status.processes if view.status else ():
            values = (
                cells.slots(process, _SLOTS.width_in(look)),
                f"{figures.count(process.busy)} of {figures.count(process.slots)}",
                figures.count(process.buffered),
                figures.count(process.restarts),
                str(process.pid or "–"),
                cells.process(process),
            )
            name, stale = Text(str(process.number)), bool(view.silent)
            add(grid, _PROCESSES, look, mark=view.mark, key=(), name=name, cells=values, stale=stale)
    return grid


def queue_table(rows: Sequence[QueueRow], look: Look) -> Table:
    """One row per queue."""
    depths = [cells.depth(row) for row in rows]
    columns = (fitting(_DEPTH, depths), *_QUEUES)
    grid = table("Queues", columns, look)
    for row, depth in zip(rows, depths, strict=True):
        queue, recent = row.queue, row.queue.recent
        values = (
            depth,
            cells.trend(queue),
            figures.count(queue.in_flight),
            cells.rates(recent, _RATES.width_in(look)),
            figures.rate(per_second(recent)),
            cells.failed(recent),
            cells.failures(recent, _FAILURES.width_in(look)),
            cells.percentile(recent.wait.p50, recent.wait),
            cells.percentile(recent.wait.p99, recent.wait),
            cells.dead(queue),
            cells.locks(queue),
        )
        name = Text(printable(queue.name, NAME))
        stale = bool(row.view.silent)
        add(grid, columns, look, mark=row.view.mark, key=row.key, name=name, cells=values, stale=stale)
    return grid


def cause_table(rows: Sequence[CauseRow], look: Look) -> Table:
    """One row per cause."""
    most = max((row.cause.recent for row in rows), default=0)
    grid = table("Failures", _CAUSES, look)
    for row in rows:
        values = (
            printable(row.queue.name, NAME),
            Text(figures.bar(row.cause.recent, most, _CAUSE.width_in(look))[0], style="red"),
            figures.count(row.cause.recent),
            figures.count(row.cause.count),
        )
        name = Text(printable(row.cause.reason), style="" if row.cause.recent else "dim")
        stale = bool(row.view.silent)
        add(grid, _CAUSES, look, mark=row.view.mark, key=row.key, name=name, cells=values, stale=stale)
    return grid


def task_table(rows: Sequence[TaskRow], look: Look, *, running: int) -> Table:
    """One row per delivery in flight."""
    grid = table(f"Running  {figures.count(running)}", _TASKS, look)
    for row in rows:
        values = (
            printable(row.task.queue, NAME),
            cells.age_bar(row, _AGE.width_in(look)),
            cells.age(row),
            cells.receive(row),
        )
        name = Text(printable(row.task.id, NAME))
        stale = bool(row.view.silent)
        add(grid, _TASKS, look, mark=row.view.mark, key=row.key, name=name, cells=values, stale=stale)
    return grid
