"""How to test an HTTP worker: a daemon of its own feeds it, from an SQS on this machine."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import pytest

from sqsd_adapters.testing import Answer, RecordingWorker, SqsEndpoint, StartDaemon

WORKER = Path(__file__).parent / "worker.py"


@pytest.fixture
def worker_url() -> Iterator[str]:
    """The sample worker on a free port; it prints its URL first."""
    with subprocess.Popen([sys.executable, WORKER], stdout=subprocess.PIPE, text=True) as worker:  # noqa: S603 - our own
        assert worker.stdout is not None
        yield worker.stdout.readline().split('"')[3]
        worker.terminate()


def test_a_job_that_fails_once_is_done_in_the_end(
    embedded_sqs: SqsEndpoint, sqsd_daemon: StartDaemon, worker_url: str
) -> None:
    queue = embedded_sqs.queue("jobs", max_receive_count=3)
    queue.send('{"kind": "flaky"}')
    queue.send('{"kind": "unknown"}')
    daemon = sqsd_daemon(queue=queue, INVOKER_URL=worker_url)
    queue.wait_until_empty()
    assert queue.dead_letters == ['{"kind": "unknown"}']
    assert daemon.drain() == 0


def test_code_that_sends_reaches_the_worker(
    embedded_sqs: SqsEndpoint, sqsd_daemon: StartDaemon, recording_worker: RecordingWorker
) -> None:
    recording_worker.script = {"busy": [Answer(status=429, headers={"Retry-After": "1"}), 200]}
    queue = embedded_sqs.queue("jobs")
    sqsd_daemon(queue=queue, INVOKER_URL=recording_worker.url)

    sqs = boto3.client(
        "sqs",
        endpoint_url=embedded_sqs,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    sqs.send_message(QueueUrl=queue.url, MessageBody="busy")

    recording_worker.wait_for(2)
    assert recording_worker.bodies == ["busy", "busy"]
    assert [request.receive_count for request in recording_worker.requests] == [1, 2]
    sqs.close()
