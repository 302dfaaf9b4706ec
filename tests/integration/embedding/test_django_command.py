"""The Django management command of the examples, as a process."""

import asyncio
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


async def test_the_command_works_until_sigterm_and_ends_without_an_error() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "tests.support.manage"),
        env={"PATH": os.environ["PATH"], "QUEUE_URL": "memory://jobs", "FETCHER_WAIT_TIME": "1s"},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"shipped order 7\n"
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
