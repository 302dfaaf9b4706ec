"""Row 29: many messages, and many refused connections; memory and descriptors are flat after the first tenth."""

from pathlib import Path
from typing import Self

import pytest

from tests.support.command import Command, command
from tests.support.stage import Stage, numbered, within

pytestmark = pytest.mark.integration

#: what is remembered is memory by design
FORGETFUL = {"LOCK_EXPIRE": "1s", "UNLOCK_INTERVAL": "1s", "HISTORY_SIZE": "100"}
GROWTH = 1.0  # MiB: less than a tenth of the bodies that 5,000 messages have
BODY = 4_000  # bytes
SPARE = 52  # descriptors: connections that the settings allow, 32 to the worker and 20 to SQS
PORTION = 500


class Footprint:
    """What a daemon takes of the machine, as the kernel says."""

    def __init__(self, daemon: Command) -> None:
        status = Path(f"/proc/{daemon.process.pid}/status").read_text()
        [resident] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
        self.resident = int(resident) / 1024  # MiB
        self.descriptors = len([*Path(f"/proc/{daemon.process.pid}/fd").iterdir()])

    def assert_flat_since(self, before: Self) -> None:
        assert self.resident <= before.resident + GROWTH
        assert self.descriptors <= before.descriptors + SPARE


@pytest.mark.parametrize("count", [5_000, pytest.param(50_000, marks=[pytest.mark.soak, pytest.mark.timeout(300)])])
async def test_row_29_messages_leave_nothing_behind(stage: Stage, count: int) -> None:
    env = {**stage.env, **FORGETFUL, "INVOKER_PARALLEL_COUNT": "32", "FETCHER_PARALLEL_COUNT": "4"}
    footprints = []
    async with command(env=env) as daemon:
        for _ in range(count // PORTION):
            stage.send(body.ljust(BODY) for body in numbered(PORTION))
            await within(30, lambda: stage.queue.is_empty)
            footprints.append(Footprint(daemon))
        assert (await daemon.drained()).code == 0
    footprints[-1].assert_flat_since(footprints[len(footprints) // 10])
    assert len(stage.ledger.attempts) == count


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(300)])])
async def test_row_29_refused_connections_leave_nothing_behind(stage: Stage, tmp_path: Path, count: int) -> None:
    """The breaker is open, and each of its probes is refused."""
    log = tmp_path / "daemon.log"
    env = {**stage.env, "INVOKER_PARALLEL_COUNT": "8", "BREAKER_COOLDOWN": "5ms", "BREAKER_COOLDOWN_MAX": "5ms"}
    env["LOG_LEVEL"] = "debug"  # each probe is a line
    await stage.worker_proxy.refuse()
    stage.send(numbered(8))

    def refused() -> int:
        return log.read_text().count("probe failed")

    with log.open("ab") as stdout:
        async with command(env=env, stdout=stdout) as daemon:
            # Refused connections leave cycles. The collector runs every 50,000 objects, so memory is flat only then.
            await within(120, lambda: refused() >= count / 2)
            before = Footprint(daemon)
            await within(240, lambda: refused() >= count)
            Footprint(daemon).assert_flat_since(before)
            assert (await daemon.drained()).code == 0
