"""Without a fault: what an SDK sends arrives at the worker as it was sent, once, and only success deletes it."""

import pytest

from tests.support.bodies import mixed_bodies
from tests.support.command import command
from tests.support.embedded import Boto
from tests.support.recording_worker import answering
from tests.support.stage import Stage, within

pytestmark = pytest.mark.integration

MESSAGES = 200


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_two_hundred_mixed_bodies_arrive_byte_for_byte_once_each(stage: Stage, client: str) -> None:
    sent = mixed_bodies(MESSAGES)
    env = {**stage.env, "INVOKER_PARALLEL_COUNT": "16", "INVOKER_CLIENT": client}
    boto, url = Boto(stage.server.url), stage.server.queue_url("jobs")
    async with command(env=env) as daemon:
        for body in sent:
            await boto("send_message", QueueUrl=url, MessageBody=body)
        await within(30, lambda: stage.queue.is_empty)
        assert (await daemon.drained()).code == 0
        attributes = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    boto.close()
    assert sorted(stage.ledger.bodies) == sorted(sent)
    assert {name: int(count) for name, count in attributes["Attributes"].items() if name.startswith("Approximate")} == {
        "ApproximateNumberOfMessages": 0,
        "ApproximateNumberOfMessagesNotVisible": 0,
        "ApproximateNumberOfMessagesDelayed": 0,
    }


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_any_status_but_success_deletes_nothing(stage: Stage, status: int) -> None:
    stage.worker.job = answering(status)
    sent = stage.send(["not done"])
    async with command(env=stage.env) as daemon:
        await within(20, lambda: len(stage.ledger.attempts) >= 3)
        ended = await daemon.drained()
    assert ended.code == 0
    assert f"status {status}" in ended.stdout
    assert stage.queue.bodies == sent
