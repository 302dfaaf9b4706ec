"""The cells of tables: what is worth a colour, beside words and figures that say the same; pure."""

from rich.text import Text

from sqsd_adapters.cli.status import figures
from sqsd_adapters.cli.status.reasons import Level
from sqsd_adapters.cli.status.view import QueueRow, TaskRow, per_second
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.printable import printable
from sqsd_core.policy.breaker import State

NAME = 128  # characters
OLD = 90.0  # seconds; a depth is asked for once a minute while somebody looks
MANY = 0.1  # share of failures that is red


def process(process: sqsd_pb2.Process) -> Text:
    """What one of several processes does."""
    if not process.pid:
        return Text(f"{Level.STOPS.mark} not running", style=Level.STOPS.style)
    if process.draining:
        return Text(f"{Level.WARNS.mark} draining", style=Level.WARNS.style)
    level, said = (Level.WELL, "receiving") if process.ready else (Level.WARNS, "not ready")
    return Text(f"{level.mark} {said}", style=level.style)


def slots(worker: sqsd_pb2.Worker | sqsd_pb2.Process, width: int) -> Text:
    filled, rest = figures.bar(worker.busy, worker.slots, width)
    return Text().append(filled, style="yellow" if worker.busy >= usable(worker) else "cyan").append(rest, style="dim")


def usable(worker: sqsd_pb2.Worker | sqsd_pb2.Process) -> int:
    """The slots that messages may take now."""
    if isinstance(worker, sqsd_pb2.Worker) and worker.HasField("usable"):
        return worker.usable
    return worker.slots


def taken(worker: sqsd_pb2.Worker, *, wide: bool) -> Text:
    """``3 of 10``: of the usable slots; where those are not all, the number of all follows."""
    spared = usable(worker) < worker.slots
    every = f" ({figures.count(worker.slots)})" if wide and spared else ""
    return Text(
        f"{figures.count(worker.busy)} of {figures.count(usable(worker))}{every}", style="yellow" if spared else ""
    )


def rate(worker: sqsd_pb2.Worker, *, wide: bool) -> str:
    """What ended per second, and the limit of it."""
    now, limit = figures.rate(per_second(worker.recent)), printable(worker.rate, NAME).partition(",")[0]
    return f"{now} of {limit}" if wide and limit else now


def breaker(breaker: sqsd_pb2.Breaker) -> Text:
    match breaker.state:
        case State.CLOSED.value:
            level = Level.WELL
        case State.OPEN.value:
            level = Level.STOPS
        case _:
            level = Level.WARNS
    return Text(f"{level.mark} {printable(breaker.state)}", style=level.style)


def depth(row: QueueRow) -> str:
    """``12,300 ↓``; of an old answer its age instead of the trend."""
    queue = row.queue
    if not queue.HasField("depth"):
        return "–"
    if (age := row.depth_age) >= OLD:
        return f"{figures.count(queue.depth.visible)} ({figures.brief(age)} ago)"
    trend = queue.depth.trend
    arrow = " ↑" if trend > 0 else " ↓" if trend < 0 else ""
    return figures.count(queue.depth.visible) + arrow


def trend(queue: sqsd_pb2.Queue) -> str:
    if not queue.HasField("depth") or not queue.depth.HasField("trend"):
        return "–"
    trend = queue.depth.trend
    return f"{'+' if trend > 0 else '-' if trend < 0 else ''}{figures.rate(abs(trend))}"


def rates(recent: sqsd_pb2.Recent, width: int) -> Text:
    line = figures.spark([point.ended for point in recent.points], width)
    return Text(line, style="green")


def failures(recent: sqsd_pb2.Recent, width: int) -> Text:
    line = figures.spark([point.failed for point in recent.points], width)
    return Text(line, style="red" if recent.failed else "dim")


def failed(recent: sqsd_pb2.Recent) -> Text:
    style = "" if not recent.failed else "red" if recent.failed > recent.ended * MANY else "yellow"
    return Text(figures.share(recent.failed, recent.ended), style=style)


def dead(queue: sqsd_pb2.Queue) -> Text:
    dead = queue.totals.dead_letters
    return Text(figures.count(dead), style="red" if dead else "")


def locks(queue: sqsd_pb2.Queue) -> Text:
    if queue.lock_store_answers:
        return Text(printable(queue.lock_store, NAME) or "–")
    return Text(f"{Level.WARNS.mark} {printable(queue.lock_store, NAME)}", style=Level.WARNS.style)


def percentile(value: float, measured: sqsd_pb2.Percentiles, limit: float = 0.0) -> str:
    """An estimate; beyond ``limit``, if there is one, nothing can be."""
    return figures.brief(min(value, limit) if limit else value) if measured.count else "–"


def age(row: TaskRow) -> Text:
    return Text(figures.age(row.age), style=age_style(row))


def age_bar(row: TaskRow, width: int) -> Text:
    if row.limit <= 0:
        return Text("no limit", style="dim")
    filled, rest = figures.bar(row.age, row.limit, width)
    return Text().append(filled, style=age_style(row) or "cyan").append(rest, style="dim")


def age_style(row: TaskRow) -> str:
    if row.limit <= 0 or row.age < row.limit / 2:
        return ""
    return "red" if row.age > row.limit else "yellow"


def receive(row: TaskRow) -> Text:
    most = row.queue.max_receive_count if row.queue else 0
    count = row.task.receive_count
    last = bool(most) and count >= most
    return Text(f"{count or '–'} of {most}" if most else f"{count or '–'}", style="red" if last else "")
