"""Jobs that misbehave, in a process of their own: it must say so, and end."""

import asyncio
import sys
import textwrap

import pytest

pytestmark = pytest.mark.integration

PRELUDE = """
import asyncio, logging, sys, time
from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_core.message import Message

logging.basicConfig(format="%(message)s %(stack)s", stream=sys.stdout) if "--stack" in sys.argv else None
MESSAGE = Message(id="message", receipt="receipt", body="body")

async def cut_off(job):
    async with CallableInvoker(target=job, grace=0.05) as invoker:
        try:
            async with asyncio.timeout(0.05):
                await invoker.invoke(MESSAGE)
        except TimeoutError:
            print("cut off,", invoker.abandoned, "abandoned")
"""

STUCK_THREAD = """
def job(message):
    time.sleep(3_600)

asyncio.run(cut_off(job))
"""

STUCK_TASK = """
async def job(message):
    while True:
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            pass

asyncio.run(cut_off(job))
"""

BLOCKED_LOOP = """
def compute():
    time.sleep(1.8)

async def job(message):
    compute()

async def main():
    async with CallableInvoker(target=job) as invoker:
        await invoker.invoke(MESSAGE)

asyncio.run(main())
"""

QUIET_LOOP = """
async def job(message):
    await asyncio.sleep(1.8)

async def main():
    async with CallableInvoker(target=job) as invoker:
        await invoker.invoke(MESSAGE)

asyncio.run(main())
"""


async def run(program: str, *arguments: str) -> tuple[int | None, str]:
    """Run it and return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(PRELUDE + program), *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(20):
            printed, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        pytest.fail("the process does not end")
    return process.returncode, printed.decode()


@pytest.mark.parametrize("program", [STUCK_THREAD, STUCK_TASK])
async def test_a_stuck_job_does_not_keep_the_process_from_ending(program: str) -> None:
    assert await run(program) == (0, "cut off, 1 abandoned\n")


async def test_a_job_that_blocks_the_loop_is_named_once() -> None:
    code, printed = await run(BLOCKED_LOOP, "--stack")

    assert code == 0
    assert printed.count("event loop blocked") == 1
    assert "compute (<string>" in printed
    assert "job (<string>" in printed


async def test_a_job_that_waits_blocks_nothing() -> None:
    assert await run(QUIET_LOOP, "--stack") == (0, "")
