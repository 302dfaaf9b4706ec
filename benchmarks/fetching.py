"""Simulates fetching by demand in virtual time and draws it: `python -m benchmarks.fetching`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.fetching_chart import chart
from benchmarks.fetching_stage import ENDLESS, Look, Phase, simulate
from sqsd_core.flow.options import DaemonOptions

LATENCY = 0.015  # seconds per call
OPTIONS = DaemonOptions(slots=64, receivers=16)
PHASES = (
    Phase(name="Backlog", says="10 ms jobs without end", lasts=2.0, job=0.01, backlog=ENDLESS),
    Phase(name="Slow jobs", says="2 s jobs without end", lasts=10.0, job=2.0, backlog=ENDLESS),
    Phase(name="Empty", says="no messages", lasts=4.0, job=0.01),
    Phase(name="Trickle", says="5 messages a second", lasts=2.0, job=0.01, every=0.2),
    Phase(name="Burst", says="4,000 messages", lasts=2.0, job=0.01, backlog=4_000),
)
NOTE = "64 slots, up to 16 receives of 15 ms; log-normal durations; each column has its own scale of time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A phase in numbers."""

    #: share of the slots that ran a job
    busy: float
    finished: int
    most_buffered: int
    #: receives under way, at most and on average
    most_receiving: int
    mean_receiving: float
    #: of all kinds; None where no message was finished
    calls_per_message: float | None

    @classmethod
    def of(cls, looks: Sequence[Look], *, slots: int) -> "Figures":
        finished = looks[-1].finished - looks[0].finished
        return cls(
            busy=sum(look.running for look in looks) / len(looks) / slots,
            finished=finished,
            most_buffered=max(look.buffered for look in looks),
            most_receiving=max(look.receiving for look in looks),
            mean_receiving=sum(look.receiving for look in looks) / len(looks),
            calls_per_message=(looks[-1].calls - looks[0].calls) / finished if finished else None,
        )


def main(
    folder: Annotated[Path, typer.Option(help="where the chart goes")] = Path(__file__).parent.parent / "docs",
) -> None:
    """Print the figures of each phase and write fetching.svg."""
    seen = simulate(PHASES, latency=LATENCY, options=OPTIONS)
    figures = [Figures.of(looks, slots=OPTIONS.slots) for looks in seen]
    typer.echo(table(list(zip(PHASES, figures, strict=True))))
    path = folder / "fetching.svg"
    path.write_text(chart(PHASES, seen, slots=OPTIONS.slots, note=NOTE))
    typer.echo(f"\n{path}")


def table(rows: Sequence[tuple[Phase, Figures]]) -> str:
    """Render the figures as a table in Markdown."""
    head = ("phase", "messages/s", "slots at work", "buffered, at most", "receives, mean and most", "calls per message")
    lines = [head, ("---",) * len(head), *(_row(phase, figures) for phase, figures in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(phase: Phase, figures: Figures) -> Sequence[str]:
    calls = figures.calls_per_message
    return (
        phase.name,
        f"{figures.finished / phase.lasts:,.0f}",
        f"{figures.busy:.1%}",
        str(figures.most_buffered),
        f"{figures.mean_receiving:.1f}, {figures.most_receiving}",
        "–" if calls is None else f"{calls:.2f}",
    )


if __name__ == "__main__":
    typer.run(main)
