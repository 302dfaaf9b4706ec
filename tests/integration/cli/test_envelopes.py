"""The daemon as a process: messages in SNS's envelope and bodies in S3, from the queue to the worker."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.testing.plugin import StartDaemon
from sqsd_adapters.testing.raw_worker import refusing_port
from sqsd_adapters.testing.recording_worker import RecordingWorker
from sqsd_adapters.testing.sqs_endpoint import SqsEndpoint
from tests.support.command import CREDENTIALS, run, until
from tests.support.moto import bucket, moto_server
from tests.support.pointers import MARKED, notification_body, pointer_body

pytestmark = pytest.mark.integration

LARGE = "🎁" * 100_000


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url
    gc.collect()


@pytest.fixture
def s3(moto: str) -> Iterator[Any]:
    with bucket(moto, name="payloads", region="us-east-1") as client:
        for key in ("k-1", "k-2"):
            client.put_object(Bucket="payloads", Key=key, Body=LARGE.encode())
        yield client


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket="payloads").get("Contents", ())]


def test_a_body_in_s3_is_delivered_and_deleted_after_its_message(
    sqsd_daemon: StartDaemon,
    embedded_sqs: SqsEndpoint,
    recording_worker: RecordingWorker,
    moto: str,
    s3: Any,
) -> None:
    queue = embedded_sqs.queue()
    queue.send(notification_body(pointer_body("k-1"), marked=True))
    daemon = sqsd_daemon(
        queue=queue,
        INVOKER_URL=recording_worker.url,
        MESSAGE_ENVELOPE="sns",
        MESSAGE_PAYLOAD="s3,delete",
        AWS_ENDPOINT_URL_S3=moto,
    )
    queue.wait_until_empty()
    assert daemon.drain() == 0

    (request,) = recording_worker.requests
    assert request.body == LARGE
    assert request.headers["X-Sqsd-Sns-Topic-Arn"] == "arn:aws:sns:eu-west-1:123456789012:orders"
    assert request.headers["X-Aws-Sqsd-Attr-ExtendedPayloadSize"] is None
    assert keys(s3) == ["k-2"]


def test_a_body_stays_while_its_message_does(
    sqsd_daemon: StartDaemon, embedded_sqs: SqsEndpoint, recording_worker: RecordingWorker, moto: str, s3: Any
) -> None:
    queue = embedded_sqs.queue(max_receive_count=2)
    queue.send(pointer_body("k-1"), attributes=MARKED)
    queue.send(pointer_body("k-9"), attributes=MARKED)
    recording_worker.script = {LARGE: [500]}
    daemon = sqsd_daemon(
        queue=queue, INVOKER_URL=recording_worker.url, MESSAGE_PAYLOAD="s3,delete", AWS_ENDPOINT_URL_S3=moto
    )
    queue.wait_until_empty()
    assert daemon.drain() == 0

    assert len(queue.dead_letters) == 2
    assert sorted(keys(s3)) == ["k-1", "k-2"]
    assert recording_worker.bodies == [LARGE, LARGE]
    assert any("the object is gone from S3 (NoSuchKey)" in str(record.get("reason")) for record in daemon.log)


def test_a_callable_gets_the_opened_message(
    sqsd_daemon: StartDaemon, embedded_sqs: SqsEndpoint, moto: str, s3: Any, tmp_path: Path
) -> None:
    del s3
    (tmp_path / "shop.py").write_text(
        "from pathlib import Path\n"
        "def job(message):\n"
        f"    file = Path({str(tmp_path / 'seen')!r})\n"
        "    file.write_text(f'{len(message.body)} {message.notification.message_id} {len(message.attributes)}')\n"
    )
    queue = embedded_sqs.queue()
    queue.send(notification_body(pointer_body("k-1"), marked=True))
    daemon = sqsd_daemon(
        queue=queue,
        INVOKER="shop:job",
        PYTHONPATH=tmp_path,
        MESSAGE_ENVELOPE="sns",
        MESSAGE_PAYLOAD="s3",
        AWS_ENDPOINT_URL_S3=moto,
    )
    queue.wait_until_empty()
    assert daemon.drain() == 0
    assert (tmp_path / "seen").read_text() == f"{len(LARGE)} sns-1 0"


async def test_an_s3_that_is_away_stops_receiving_and_no_message_is_lost(
    sqsd_daemon: StartDaemon, embedded_sqs: SqsEndpoint, recording_worker: RecordingWorker
) -> None:
    queue = embedded_sqs.queue(max_receive_count=2)
    queue.send(pointer_body("k-1"), attributes=MARKED)
    with refusing_port() as port:
        daemon = sqsd_daemon(
            queue=queue,
            INVOKER_URL=recording_worker.url,
            MESSAGE_PAYLOAD="s3",
            AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{port}",
        )
        await until(lambda: "message bodies cannot be fetched, receiving stops" in daemon.events)
        assert daemon.drain() == 0
    assert recording_worker.requests == []
    assert queue.bodies == [pointer_body("k-1")]
    assert queue.dead_letters == []


async def test_one_line_per_wrong_variable_and_exit_code_2() -> None:
    wrong = {"MESSAGE_ENVELOPE": "foo", "MESSAGE_PAYLOAD": "s3,purge", "MESSAGE_PAYLOAD_MAX": "64MiB"}
    env = {**CREDENTIALS, "QUEUE_URL": "memory://jobs", "INVOKER_URL": "http://127.0.0.1:9/", **wrong}
    ended = await run("run", env=env)
    assert ended.code == 2
    for line in (
        "MESSAGE_ENVELOPE=foo: expected none or sns",
        "MESSAGE_PAYLOAD=s3,purge: expected none, s3 or s3,delete",
        "MESSAGE_PAYLOAD_MAX=64MiB: expected an integer between 1 and 2,147,483,648",
    ):
        assert line in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_the_effective_settings_show_them() -> None:
    env = {
        "QUEUE_URL": "memory://jobs",
        "INVOKER_URL": "http://127.0.0.1:9/",
        "MESSAGE_PAYLOAD": "S3, DELETE",
    }
    shown = (await run("config", env=env)).stdout
    assert "s3,delete" in shown
    assert "MESSAGE_ENVELOPE" in shown
