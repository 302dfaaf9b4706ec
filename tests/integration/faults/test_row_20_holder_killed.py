"""Row 20: the holder of a shared lock is killed, another daemon is there."""

import pytest

from tests.support.command import command
from tests.support.recording_worker import at_first, hang
from tests.support.stage import Stage, named, within

pytestmark = pytest.mark.integration

VISIBILITY = 2.0  # seconds


async def test_row_20_the_other_takes_over_within_the_lease(stage: Stage, shared_locker: dict[str, str]) -> None:
    env = {**stage.env, **shared_locker, "VISIBILITY_TIMEOUT": f"{VISIBILITY}s"}
    stage.worker.job = at_first(hang)
    async with (
        command(env={**env, **named("one")}) as one,
        command(env={**env, **named("two")}) as two,
    ):
        daemons = {"one": one, "two": two}
        for daemon in daemons.values():
            await daemon.until("queue found")
        stage.queue.send("passed on")
        await within(20, lambda: stage.ledger.running)
        holder = stage.ledger.attempts[0].daemon
        daemons.pop(holder).process.kill()
        [(name, other)] = daemons.items()

        # LOCK_EXPIRE, a day by default, has no part in it.
        await within(VISIBILITY + 4.0, lambda: stage.queue.is_empty)
        assert (await other.drained()).code == 0

    assert [(attempt.daemon, attempt.receive_count) for attempt in stage.ledger.attempts] == [(holder, 1), (name, 2)]
