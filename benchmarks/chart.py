"""Draws the charts of the README from a saved session: `python -m benchmarks.chart`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.scenario import ASYNCIO, FLOOR, LATENCIES, PEERS, REDIS, UVLOOP, Cell
from benchmarks.svg import WIDTH, Bar, Line, bars, document, lines

HERE = Path(__file__).parent
HEADLINE = (
    ("floor: nothing but the I/O", FLOOR),
    ("sqsd", UVLOOP),
    ("sqsd without uvloop", ASYNCIO),
    ("sqsd with Redis locks", REDIS),
    *((f"sqs-consumer, {cell.consumers} consumers", cell) for cell in PEERS),
)

Saved = dict[str, Any]


def main(
    session: Annotated[Path, typer.Argument(help="session saved by the bench")] = HERE / "results" / "latest.json",
    folder: Annotated[Path, typer.Option(help="folder for the charts")] = HERE.parent / "docs",
) -> None:
    """Write performance-peers.svg, and performance-slots.svg if the session has the cells."""
    saved = json.loads(session.read_text())
    folder.mkdir(exist_ok=True)
    measurements = {_name(measured["cell"]): measured for measured in saved["measurements"]}
    note = f"{saved['machine']['processor']}, one core for each candidate, {saved['machine']['python']}"
    charts = {
        "performance-peers.svg": peers(measurements, note),
        "performance-slots.svg": slots(saved["measurements"], note),
    }
    for name, chart in charts.items():
        if chart:
            (folder / name).write_text(chart)
            typer.echo(folder / name)


def peers(measurements: dict[str, Saved], note: str) -> str:
    rows = [(label, measured) for label, cell in HEADLINE if (measured := measurements.get(cell.name))]
    if not rows:
        return ""
    cpu = [_bar(label, measured["cpu_us"]) for label, measured in rows]
    speed = [_bar(label, measured["per_second"]) for label, measured in rows]
    upper, y = bars("CPU per message, microseconds: less is better", cpu, y=0, form=".0f")
    lower, y = bars("Messages per second on one core: more is better", speed, y=y, form=",.0f")
    return document(y, "sqsd, its floor and a peer: CPU per message and messages per second", upper + lower, note)


def slots(measurements: list[Saved], note: str) -> str:
    speed = [_line(measurements, latency, "per_second") for latency in LATENCIES]
    cpu = [_line(measurements, latency, "cpu_us") for latency in LATENCIES]
    if not all(line.points[1:] for line in speed):
        return ""
    half, height = WIDTH / 2, 300
    left = lines("Messages per second by slots", speed, x=0, y=0, width=half, height=height, logarithmic=True)
    right = lines("CPU per message by slots, µs", cpu, x=half, y=0, width=half, height=height, logarithmic=False)
    note = f"SQS / worker latency in ms. {note}"
    return document(height, "Messages per second and CPU per message by number of slots", left + right, note)


def _bar(label: str, value: float) -> Bar:
    return Bar(label=label, value=value, ours=label.startswith("sqsd"))


def _line(measurements: list[Saved], latency: tuple[float, float], figure: str) -> Line:
    cells = [(Cell(**measured["cell"]), measured[figure]) for measured in measurements]
    points = {
        cell.slots: value
        for cell, value in cells
        if cell.name == Cell(sqs_ms=latency[0], worker_ms=latency[1], slots=cell.slots).name
    }
    return Line(label=f"{latency[0]:g}/{latency[1]:g} ms", points=sorted(points.items()))


def _name(cell: Saved) -> str:
    return Cell(**cell).name


if __name__ == "__main__":
    typer.run(main)
