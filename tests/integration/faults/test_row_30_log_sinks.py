"""Row 30: the log cannot be written; tests/integration/cli has that work goes on, here are the lost lines."""

import json
from pathlib import Path

import pytest

from tests.support.command import command
from tests.support.stage import Stage, numbered, within

pytestmark = pytest.mark.integration

LIMIT = ("sh", "-c", 'ulimit -f 8; exec "$@"', "sh")  # blocks of 512 bytes, for each file that is written


async def test_row_30_lines_that_a_full_disk_cost_are_counted_once_there_is_room_again(
    stage: Stage, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with log.open("ab") as file:
        async with command(env={**stage.env, "LOG_LEVEL": "debug"}, prefix=LIMIT, stdout=file) as daemon:
            sent = stage.send(numbered(50))
            await within(20, lambda: stage.queue.is_empty)
            written = log.read_text().count('"job done"')
            file.truncate(0)
            assert (await daemon.drained()).code == 0
    first, *rest = [json.loads(line) for line in log.read_text().splitlines()]
    assert first["event"] == "log lines lost"
    assert first["lost"] >= len(sent) - written > 0
    assert rest[-1]["event"] == "stopped"
