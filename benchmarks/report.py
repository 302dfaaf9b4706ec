"""Shows a session: a table on the terminal, Markdown and JSON in files."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.endurance import Endurance, Idle
from benchmarks.machine import Machine
from benchmarks.results import Measurement, Session
from benchmarks.scenario import FLOOR
from benchmarks.targets import Target, targets

COLUMNS = (
    "candidate", "SQS/worker ms", "slots", "lock", "loop", "conditions", "sent", "msg/s", "bound", "CPU µs",
    "from, to", "floors", "calls", "MiB", "twice", "lost",
)  # fmt: skip
TARGET_COLUMNS = ("target", "wanted", "shown", "met")
SAMPLE_COLUMNS = ("messages", "RSS MiB", "descriptors", "CPU µs/message")
LEGEND = """\
Columns: messages sent; messages per second from the first to the last delete; the share of the bound (slots /
measured worker latency); CPU microseconds per message (user + system of the candidate alone), its least and
greatest value where a cell ran several times; the same in floors
(`benchmarks/floor.py`, the least CPU that Python needs per message for the same I/O, in the same session); SQS calls
per message; peak RSS; messages invoked more than once; messages lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is shown."""

    machine: Machine
    session: Session
    idle: Idle | None = None
    endurance: Endurance | None = None

    def print(self, console: Console) -> None:
        if self.session.measurements:
            console.print(_table("Load", COLUMNS, self._rows()))
            console.print(_table("Targets", TARGET_COLUMNS, self._target_rows()))
        if self.endurance:
            console.print(_table("Endurance", SAMPLE_COLUMNS, _sample_rows(self.endurance)))
        for failure in self.session.failures:
            console.print(str(failure), highlight=False)

    def save(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(self.as_json(), indent=1) + "\n")
        (folder / f"{name}.md").write_text(self.markdown())

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine.as_json(),
            "measurements": [measured.as_json() for measured in self.session.measurements],
            "failures": [failure.as_json() for failure in self.session.failures],
            "idle": self.idle and self.idle.as_json(),
            "endurance": self.endurance and self.endurance.as_json(),
        }

    def markdown(self) -> str:
        parts = ["# Load bench", self.machine.sentence(), LEGEND]
        if self.session.measurements:
            parts += [_markdown(TARGET_COLUMNS, self._target_rows()), _markdown(COLUMNS, self._rows())]
        if self.endurance:
            parts.append(_markdown(SAMPLE_COLUMNS, _sample_rows(self.endurance)))
        parts += [f"Not run: {failure.cell.name}: {failure.reason}" for failure in self.session.failures]
        return "\n\n".join(parts) + "\n"

    def _rows(self) -> list[list[str]]:
        return [_row(measured, self._floor(measured)) for measured in self.session.measurements]

    def _floor(self, measured: Measurement) -> Measurement | None:
        """The floor under the same conditions, or else that of the headline."""
        cell = measured.cell
        alike = replace(FLOOR, busy_worker=cell.busy_worker, network_ms=cell.network_ms)
        return self.session.find(alike) or self.session.find(FLOOR)

    def _target_rows(self) -> list[list[str]]:
        return [_target_row(target) for target in targets(self.session, self.idle)]


def _row(measured: Measurement, floor: Measurement | None) -> list[str]:
    cell = measured.cell
    ours = cell.candidate == "sqsd"
    return [
        cell.candidate,
        f"{cell.sqs_ms:g}/{cell.worker_ms:g}",
        f"{cell.slots:,}",
        cell.locker if ours else "",
        cell.loop if ours else "",
        ", ".join([*([cell.client, cell.sqs_client] if ours else []), *cell.conditions, *cell.extra]),
        f"{measured.messages:,}" + (f" x {measured.runs}" if measured.runs > 1 else ""),
        f"{measured.per_second:,.0f}",
        f"{measured.share_of_bound:.1%}" if cell.worker_ms else "",
        f"{measured.cpu_us:,.1f}",
        "{:,.1f} {:,.1f}".format(*measured.cpu_us_range) if measured.runs > 1 else "",
        f"{measured.cpu_us / floor.cpu_us:.2f}" if floor else "",
        f"{measured.calls_per_message:.4f}",
        f"{measured.peak_mib:.0f}",
        str(measured.duplicates),
        str(measured.losses),
    ]


def _target_row(target: Target) -> list[str]:
    return [target.name, target.wanted, target.shown, "yes" if target.met else "NO"]


def _sample_rows(endurance: Endurance) -> list[list[str]]:
    return [
        [f"{s.deleted:,}", f"{s.resident_mib:.1f}", str(s.descriptors), f"{s.cpu_us:.1f}"] for s in endurance.samples
    ]


def _table(title: str, columns: tuple[str, ...], rows: list[list[str]]) -> Table:
    table = Table(title=title)
    for column in columns:
        numeric = all(row[columns.index(column)][:1].isdigit() for row in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _markdown(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
