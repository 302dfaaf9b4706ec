"""Row 48: SIGTERM in the first moments, where a signal without a handler is discarded, as it is for process 1."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.support.command import Command, command, until
from tests.support.stage import Stage

pytestmark = pytest.mark.integration

PROMPT = 5.0  # seconds on a busy machine; a signal that was discarded is waited for in vain
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
#: for process 1 the kernel discards what has no handler; this does the same to any process
DISCARDING = ("sh", "-c", "trap '' TERM INT; exec \"$@\"", "sh")
#: sends a signal to itself when the module named first is imported, then starts the command
SELF_SIGNALLED = """
import os, sys
module, number, sys.argv = sys.argv[1], int(sys.argv[2]), ["sqsd"]
class Signalling:
    def find_spec(self, name, *_):
        if name == module:
            os.kill(os.getpid(), number)
sys.meta_path.insert(0, Signalling())
from sqsd_adapters.cli.main import main
main()
"""


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("module", ["sqsd_adapters.cli.command", "typer", "pydantic", "sqsd_adapters.cli.serving"])
async def test_row_48_a_signal_during_the_imports_ends_the_process_with_0(module: str, number: int) -> None:
    assert await _end_of(*DISCARDING, sys.executable, "-c", SELF_SIGNALLED, module, str(int(number))) == 0


async def test_row_48_hardly_anything_is_imported_before_the_handlers() -> None:
    program = "import sys; before = set(sys.modules); import sqsd_adapters.cli.main; print(*set(sys.modules) - before)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-c", program, env={"PYTHONPATH": _source()}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    imported = set(output.decode().split())
    assert "sqsd_adapters.cli.early_signals" in imported
    assert not imported & {"typing", "re", "pkgutil", "logging", "asyncio", "typer", "pydantic"}


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2, 0.4, 0.8, 1.5])
async def test_row_48_a_signal_at_any_moment_after_the_handlers_ends_the_daemon(stage: Stage, seconds: float) -> None:
    async with command(env=stage.env, prefix=DISCARDING) as daemon:
        await until(lambda: _catches(daemon, signal.SIGTERM))
        await asyncio.sleep(seconds)
        daemon.signal()
        async with asyncio.timeout(PROMPT):
            ended = await daemon.ended()
    assert (ended.code, ended.stderr) == (0, "")


async def _end_of(*program: str) -> int:
    process = await asyncio.create_subprocess_exec(
        *program,
        env={
            "QUEUE_URL": "memory://jobs",
            "INVOKER": "os.path:basename",
            "MONITORING_PORT": "-1",
            "PATH": "/usr/bin:/bin",
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(4 * PROMPT):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _catches(daemon: Command, number: int) -> bool:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def _source() -> str:
    return str(Path(__file__).parents[3] / "src")
