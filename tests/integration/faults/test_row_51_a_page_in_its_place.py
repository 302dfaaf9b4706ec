"""Row 51: a proxy answers 200 with a page in the lock store's place."""

from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import command
from tests.support.foreign import FOREIGN
from tests.support.stage import Stage, within


async def test_no_message_runs_under_a_lock_that_a_page_has_granted(stage: Stage) -> None:
    async with RawWorker(FOREIGN["a page"]) as proxy:
        locks = {
            "DYNAMODB_LOCKER_TABLE": "locks",
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{proxy.port}",
            "LOCKER_REQUIRED": "true",
        }
        async with command(env={**stage.env, **locks}) as daemon:
            stage.send(["job"])
            record = await daemon.until("lock store unavailable, receiving stops")
            await within(20, lambda: len(proxy.requests) > 2)  # and it is asked again
            assert (await daemon.drained()).code == 0
    assert record["reason"] == "DynamoDB: answer not understood; does a proxy answer in its place?"
    assert not stage.ledger.succeeded
    assert stage.left == ["job"]
