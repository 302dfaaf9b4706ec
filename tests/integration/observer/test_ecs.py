"""The daemon in a task of ECS: what it asks of the agent, from its start to its end."""

import signal
from collections.abc import AsyncIterator

import pytest

from tests.support.command import command
from tests.support.ecs_agent import DENIED, EcsAgent
from tests.support.recording_worker import hang
from tests.support.stage import POLL, Stage, staged, within

pytestmark = pytest.mark.integration


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as built:
        yield built


@pytest.fixture
async def agent() -> AsyncIterator[EcsAgent]:
    async with EcsAgent() as agent:
        yield agent


async def test_the_task_is_protected_before_the_first_receive_and_until_the_end(stage: Stage, agent: EcsAgent) -> None:
    polls: list[int] = []
    agent.on_request = lambda: polls.append(stage.faults.calls[POLL])
    stage.worker.job = hang
    stage.queue.send("job")
    async with command(env={**stage.env, "ECS_AGENT_URI": agent.uri, "DRAIN_TIMEOUT": "1s"}) as daemon:
        await within(20, lambda: stage.ledger.attempts)
        daemon.signal(signal.SIGTERM)
        await daemon.until("draining")
        assert agent.changes == [True]
        await daemon.ended()
    assert agent.changes == [True, False]
    assert polls[0] == 0


async def test_a_refusal_is_logged_once_with_what_to_do_and_stops_nothing(stage: Stage, agent: EcsAgent) -> None:
    agent.refusal = DENIED
    async with command(env={**stage.env, "ECS_AGENT_URI": agent.uri}) as daemon:
        line = await daemon.until("task protection failed, working without it")
        stage.send(["one", "two", "three"])
        await within(20, lambda: not stage.left)
        ended = await daemon.drained()
    assert line["reason"] == "AccessDeniedException: not authorized"
    assert "ecs:UpdateTaskProtection" in line["fix"]
    assert ended.stdout.count("task protection failed") == 1
    assert ended.code == 0


async def test_off_asks_the_agent_for_nothing(stage: Stage, agent: EcsAgent) -> None:
    async with command(env={**stage.env, "ECS_AGENT_URI": agent.uri, "ECS_TASK_PROTECTION": "off"}) as daemon:
        stage.queue.send("job")
        await within(20, lambda: not stage.left)
        await daemon.drained()
    assert agent.requests == []
