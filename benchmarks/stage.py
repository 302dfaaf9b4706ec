"""The simulator and the sink, between which each candidate runs, and their control."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.processes import child, cores, wait_until
from benchmarks.scenario import Cell
from benchmarks.sqs_sim import QUEUE_PATH


class Stage:
    """Simulator and sink as separate processes, reused for all cells."""

    def __init__(self, *, sim_port: int, sink_port: int) -> None:
        self.endpoint_url = f"http://127.0.0.1:{sim_port}"
        self.queue_url = self.endpoint_url + QUEUE_PATH
        self.worker_url = f"http://127.0.0.1:{sink_port}/work"
        self._sim = sim_port
        self._sink = sink_port

    def queue_urls(self, count: int) -> Sequence[str]:
        """So many queues; each hands out messages of the same store."""
        return [f"{self.queue_url}-{number}" for number in range(1, count + 1)]

    def reset(self, cell: Cell) -> None:
        """Reset the queue and the ledger, and set the latencies of ``cell``."""
        _order(self._sim, "reset", {"seconds": cell.sqs_ms / 1000, "groups": cell.groups})
        total = cell.warm_up + cell.messages
        _order(self._sink, "reset", {
            "seconds": cell.worker_ms / 1000, "messages": total, "failing": cell.failing, "busy": cell.busy_worker,
        })  # fmt: skip

    def load(self, cell: Cell, pid: int) -> None:
        """Put the messages of ``cell`` into the queue and measure the process ``pid``."""
        order = {
            "messages": cell.messages,
            "warm_up": cell.warm_up,
            "pid": pid,
            "body_bytes": cell.body_bytes,
        }
        _order(self._sim, "load", order)

    def end_polls(self) -> None:
        _order(self._sim, "end-polls", {})

    def queue(self) -> dict[str, Any]:
        return _order(self._sim, "statistics", {})

    def worker(self) -> dict[str, Any]:
        return _order(self._sink, "statistics", {})


@contextmanager
def stage(logs: Path) -> Iterator[Stage]:
    core = cores().bench
    sim, sink = logs / "sqs_sim.log", logs / "http_sink.log"
    with (
        child([sys.executable, "-m", "benchmarks.sqs_sim"], core=core, log=sim),
        child([sys.executable, "-m", "benchmarks.http_sink"], core=core, log=sink),
    ):
        yield Stage(sim_port=_port(sim), sink_port=_port(sink))


def _port(log: Path) -> int:
    if not wait_until(lambda: log.read_text().endswith("\n"), seconds=10, pause=0.02):
        raise RuntimeError(f"{log.name} did not open its port")
    return int(log.read_text())


def _order(port: int, verb: str, body: dict[str, Any]) -> dict[str, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", f"/control/{verb}", json.dumps(body))
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{verb}: status {answer.status}")
        content = answer.read()
        return dict(json.loads(content)) if content else {}
    finally:
        connection.close()
