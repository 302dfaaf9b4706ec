"""What a daemon says at its most talkative, in good times and bad: no secret, no body, no receipt handle."""

import json
from pathlib import Path

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient
from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from sqsd_adapters.testing.raw_worker import header_lines
from tests.integration.cli.conftest import House
from tests.integration.security.hushed import FAILURES, SECRETS, Trial, leaks, on_trial
from tests.support.command import command
from tests.support.scripted_sqs import ScriptedSqs, answer, error

pytestmark = pytest.mark.integration

CLIENTS = [("http11", "short", FaultKind.ACCESS_DENIED), ("httpx", "aiobotocore", FaultKind.EXPIRED_CREDENTIALS)]
#: that the daemon said these shows that it met each trouble, and talks at its lowest level
EVENTS = {
    *("job done", "job failed", "attributes dropped: not valid as HTTP headers", "breaker open, receiving stops"),
    *("lock store unavailable, going on without deduplication", "queue unavailable", "queue answers again"),
}


@pytest.mark.parametrize(("client", "sqs_client", "refusal"), CLIENTS)
async def test_no_secret_is_told_through_success_failure_refusal_and_outages(
    tmp_path: Path, free_port: int, client: str, sqs_client: str, refusal: FaultKind
) -> None:
    settings = {"INVOKER_CLIENT": client, "SQS_CLIENT": sqs_client}
    async with on_trial(directory=tmp_path, monitor_port=free_port, **settings) as trial:
        await trial.daemon.until("queue found")
        for failures in ((), FAILURES):
            trial.failures.extend(failures)
            trial.send()
            await trial.done()
        await ask_the_monitor(free_port)
        await lose_redis(trial)
        await lose_sqs(trial, refusal)
        await lose_the_worker(trial)
        ended = await trial.daemon.drained()
    assert ended.code == 0
    assert {json.loads(line)["event"] for line in ended.stdout.splitlines()} >= EVENTS
    assert leaks(ended.stdout + ended.stderr, *trial.receipts) == []
    assert b"X-Key: hush-header" in header_lines(trial.worker.requests[-1])


async def ask_the_monitor(port: int) -> None:
    async with MonitorClient(address=f"127.0.0.1:{port}", token="wrong") as stranger:
        with pytest.raises(ConfigurationError):
            await stranger.current_workings()
    async with MonitorClient(address=f"127.0.0.1:{port}", token=SECRETS["MONITORING_TOKEN"]) as friend:
        await friend.current_workings()


async def lose_redis(trial: Trial) -> None:
    await trial.redis.kill()
    trial.send()
    await trial.done()


async def lose_sqs(trial: Trial, refusal: FaultKind) -> None:
    for kind in (FaultKind.FAIL_ENTRIES, FaultKind.LOSE_ANSWER):
        trial.faults.add(Fault(kind=kind, operation="DeleteMessageBatch", count=1))
    trial.send()
    await trial.done()
    trial.faults.add(Fault(kind=refusal, operation="ReceiveMessage"))
    await trial.daemon.until("queue unavailable")
    trial.faults.clear()
    trial.send()
    await trial.done()


async def lose_the_worker(trial: Trial) -> None:
    await trial.worker_proxy.refuse()
    trial.send()
    await trial.daemon.until("breaker open, receiving stops")


@pytest.mark.parametrize(
    ("sqs_client", "code", "status"),
    [("short", "InvalidClientTokenId", 403), ("aiobotocore", "ServiceUnavailable", 503)],
)
async def test_no_words_of_sqs_are_told_since_they_quote_receipts_and_keys(
    house: House, sqs_client: str, code: str, status: int
) -> None:
    receipt = "hush-receipt"
    quoting = f'The input receipt handle "{receipt}" is not valid; the token {SECRETS["AWS_SESSION_TOKEN"]} is'
    entry = {"Id": "0", "Code": "ReceiptHandleIsInvalid", "SenderFault": True, "Message": quoting}
    failed = {"Messages": [], "Failed": [entry]}
    delivery = {"Messages": [{"MessageId": "m-1", "ReceiptHandle": receipt, "Body": "hush-body"}]}
    # receives and the delete take turns as they like; to a receive the failed batch is an empty answer
    replies = [answer({"Attributes": {}}), answer(delivery), *[answer(failed)] * 5]
    refusal = error(code, status=status, text=quoting)
    async with ScriptedSqs(*replies, refusal) as sqs:
        settings = {"SQS_CLIENT": sqs_client, "DRAIN_TIMEOUT": "100ms", "LOG_LEVEL": "debug"}
        async with command(env={**house.env, "QUEUE_URL": f"{sqs.url}/000000000000/jobs", **settings}) as daemon:
            await daemon.until("queue unavailable")
            ended = await daemon.drained()
    assert "ReceiptHandleIsInvalid" in ended.stdout
    assert code in ended.stdout
    assert leaks(ended.stdout + ended.stderr) == []
