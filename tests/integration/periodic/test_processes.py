"""Periodic tasks with several processes under one parent: one enqueues each slot, also after a restart."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.support.children import children, several
from tests.support.command import Command, command
from tests.support.stage import staged

pytestmark = pytest.mark.integration

#: before the first start a FIFO queue makes up for a slot whatever its locks are, so no test has to wait a minute
QUEUE = "jobs.fifo"
CRON = """version: 1
cron:
 - name: "report"
   url: "/report"
   schedule: "* * * * *"
"""


@pytest.mark.parametrize(("locker", "count"), [("memory", 2), ("none", 3)])
async def test_one_process_enqueues_each_slot(locker: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "cron.yaml").write_text(CRON)
    async with staged(queue=QUEUE) as stage:
        env = several(stage, count, LOCKER=locker, CRON_FILE=str(tmp_path / "cron.yaml"), LOG_LEVEL="debug")
        async with command(env=env) as daemon:
            await _settled(daemon, {*range(1, count + 1)})
            os.kill(children(daemon)[0], signal.SIGKILL)
            killed = await daemon.until("process ended, starting another")
            await _settled(daemon, {killed["process_number"]})
            ended = await daemon.drained()
    records = [json.loads(line) for line in ended.stdout.splitlines()]
    enqueued = Counter(record["slot"] for record in records if record["event"] == "periodic task enqueued")
    assert enqueued
    assert set(enqueued.values()) == {1}


async def _settled(daemon: Command, numbers: set[int]) -> None:
    """Wait until each of these processes has enqueued a slot, or has found that another one has."""
    while numbers:
        record = await daemon.until("periodic task enqueued", "periodic task enqueued by another daemon")
        numbers = numbers - {record["process_number"]}
