"""The daemon in a task of ECS: what it asks of the agent, from its start to its end."""

import signal
from collections.abc import AsyncIterator

import pytest

from tests.support.children import all_receiving, several
from tests.support.command import command, run
from tests.support.ecs_agent import DENIED, EcsAgent
from tests.support.recording_worker import hang
from tests.support.stage import POLL, Stage, numbered, staged, within

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


class TestSeveralProcesses:
    async def test_the_parent_protects_the_task_for_all_before_a_process_receives(
        self, stage: Stage, agent: EcsAgent
    ) -> None:
        polls: list[int] = []
        agent.on_request = lambda: polls.append(stage.faults.calls[POLL])
        stage.worker.job = hang
        async with command(env=several(stage, ECS_AGENT_URI=agent.uri, DRAIN_TIMEOUT="1s")) as daemon:
            await all_receiving(daemon)
            stage.send(numbered(8))
            await within(20, lambda: stage.ledger.running == 8)
            daemon.signal(signal.SIGTERM)
            await daemon.until("draining")
            assert agent.changes == [True]
            ended = await daemon.ended()
        assert agent.changes == [True, False]
        assert polls[0] == 0
        assert (ended.code, ended.stderr) == (3, "")

    async def test_a_refusal_is_logged_once_and_stops_nothing(self, stage: Stage, agent: EcsAgent) -> None:
        agent.refusal = DENIED
        async with command(env=several(stage, ECS_AGENT_URI=agent.uri)) as daemon:
            await daemon.until("task protection failed, working without it")
            sent = stage.send(numbered(20))
            await within(20, lambda: not stage.left)
            ended = await daemon.drained()
        assert ended.code == 0
        assert ended.stdout.count("task protection failed") == 1
        assert stage.ledger.succeeded == set(sent)

    async def test_an_address_of_the_agent_that_is_none_is_said_once(self, stage: Stage) -> None:
        ended = await run(env=several(stage, ECS_AGENT_URI="agent"))
        assert ended.code == 2
        assert ended.stderr.count("ECS_AGENT_URI") == 1
