"""Starts each candidate as its user would: configured by environment variables alone."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers.sqs_consumer import install as sqs_consumer
from benchmarks.processes import child, cores, free_port, wait_until
from benchmarks.scenario import Cell
from benchmarks.sqs_sim import FIFO_SUFFIX
from benchmarks.stage import Stage
from sqsd_adapters.cli.settings.settings import Settings

HERE = Path(__file__).parent


class Missing(Exception):
    """A candidate is not available on this machine; the text says what is missing."""


def command(cell: Cell) -> list[str]:
    """Return the command of the cell's candidate.

    Raises:
        Missing: it is not installed and cannot be.
    """
    match cell.candidate:
        case "floor":
            return [sys.executable, "-m", "benchmarks.floor"]
        case "sqs-consumer":
            if missing := sqs_consumer.install():
                raise Missing(missing)
            return ["node", str(sqs_consumer.PROGRAM)]
        case _:
            if not sqsd_script().exists():
                raise Missing("the command sqsd is not installed beside this Python")
            if cell.processes > 1 and "PROCESSES" not in Settings.model_fields:
                raise Missing("this sqsd has no PROCESSES")
            return [str(sqsd_script())]


def sqsd_script() -> Path:
    return Path(sys.executable).with_name("sqsd")


@contextmanager
def environment(cell: Cell, stage: Stage, logs: Path) -> Iterator[dict[str, str]]:
    """Build the environment of the candidate; its Redis, if any, runs until the context ends."""
    variables = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SQS_ENDPOINT_URL": stage.endpoint_url,
        **_route(cell, stage, logs),
        "INVOKER_CLIENT": cell.client,
        "FETCHER_PARALLEL_COUNT": str(max(1, cell.fetchers // cell.queues)),
        "SQS_CLIENT": cell.sqs_client,
        "LOCKER": cell.locker,
        "MONITORING_PORT": str(free_port()),
        **({"PROCESSES": str(cell.processes)} if cell.processes > 1 else {}),
        **dict(variable.split("=", 1) for variable in cell.extra),
    }
    if cell.candidate == "floor":
        variables["PYTHONPATH"] = str(HERE.parent)
    if cell.loop == "asyncio":
        variables["PYTHONPATH"] = str(HERE / "without_uvloop")
    if cell.locker == "redis":
        with redis(logs) as address:
            yield {**variables, "REDIS_LOCKER_HOST": address}
    elif cell.locker == "sqlite":
        with TemporaryDirectory(dir=logs) as folder:  # a new file for each run
            yield {**variables, "SQLITE_LOCKER_PATH": f"{folder}/locks.sqlite"}
    else:
        yield variables


def _route(cell: Cell, stage: Stage, logs: Path) -> dict[str, str]:
    """The queue and the worker; several queues are described by a file."""
    if cell.queues == 1:
        return {
            "QUEUE_URL": stage.queue_url + (FIFO_SUFFIX if cell.groups else ""),
            "INVOKER_URL": stage.worker_url,
            "INVOKER_PARALLEL_COUNT": str(cell.slots),
        }
    config = logs / "sqsd.toml"
    tables = [f'[worker.bench]\nurl = "{stage.worker_url}"\nparallel_count = {cell.slots}']
    tables += [
        f'[queue.q{number}]\nurl = "{url}"\nworker = "bench"'
        for number, url in enumerate(stage.queue_urls(cell.queues), 1)
    ]
    config.write_text("\n".join(tables))
    return {"SQSD_CONFIG": str(config)}


@contextmanager
def redis(logs: Path) -> Iterator[str]:
    """Run a Redis without persistence on the bench's core and return its address."""
    port, log = free_port(), logs / "redis.log"
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with child(["redis-server", *arguments], core=cores().bench, log=log):
        if not wait_until(lambda: "Ready to accept" in log.read_text(), seconds=10, pause=0.01):
            raise Missing("redis-server does not start")
        yield f"127.0.0.1:{port}"
