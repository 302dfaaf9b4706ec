"""Emulators of SQS by their URL: moto's server, boto3 to send with, and our adapter."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from io import BytesIO
from threading import Lock, Thread
from time import sleep
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import pytest
from aiobotocore.session import AioSession
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.queue.sqs import Client, SqsQueue
from sqsd_adapters.testing.queue_suite import Send
from sqsd_core.message import MessageAttribute

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "eu-west-1"

RECEIVE = "AmazonSQS.ReceiveMessage"
MAX_WAIT = 20  # seconds of a long poll that SQS accepts
BETWEEN_POLLS = 0.05  # seconds


@contextmanager
def moto_server() -> Iterator[str]:
    """Moto's URL, until the context ends; it is slow, so at most a hundred messages.

    It handles one request at a time, because moto's receives and conditional writes are not atomic. Long polls that
    wait do not keep others waiting.
    """
    server = make_server("127.0.0.1", 0, _one_at_a_time(), threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, name="moto", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _one_at_a_time() -> Callable[..., Any]:
    moto, one = DomainDispatcherApplication(create_backend_app), Lock()

    def ask(environ: dict[str, Any]) -> Response:
        with one:
            return Response.from_app(moto, environ, buffered=True)

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        answer = _long_poll(environ, ask) if environ.get("HTTP_X_AMZ_TARGET") == RECEIVE else ask(environ)
        return answer(environ, start_response)

    return application


def _long_poll(environ: dict[str, Any], ask: Callable[[dict[str, Any]], Response]) -> Response:
    """Ask for messages until there are some or the wait is over."""
    receive = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    wait = receive.get("WaitTimeSeconds", 0)
    if 0 < wait <= MAX_WAIT:
        receive["WaitTimeSeconds"] = 0
    body, until = json.dumps(receive).encode(), SystemClock.monotonic() + wait
    while True:
        answer = ask({**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        over = receive.get("WaitTimeSeconds", 0) or SystemClock.monotonic() >= until
        if over or answer.status_code != HTTPStatus.OK or json.loads(answer.data).get("Messages"):
            return answer
        sleep(BETWEEN_POLLS)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def bucket(endpoint_url: str, *, name: str, region: str = REGION) -> Iterator[Any]:
    """Boto3's client for S3 with a new bucket, gone after the context: the servers of a process share their state."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **elsewhere)
    try:
        yield client
    finally:
        for each in client.list_objects_v2(Bucket=name).get("Contents", ()):
            client.delete_object(Bucket=name, Key=each["Key"])
        client.delete_bucket(Bucket=name)
        client.close()


@contextmanager
def sqs_client(endpoint_url: str) -> Iterator[Any]:
    """Boto3's client for an emulator, until the context ends: the other side of what our adapter speaks."""
    client = boto3.client(
        "sqs",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    try:
        yield client
    finally:
        client.close()


def create_queue(client: Any, name: str, **attributes: str) -> str:
    """Make a queue, FIFO if it is called so; returns its URL."""
    fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    return str(client.create_queue(QueueName=name, Attributes=fifo | attributes)["QueueUrl"])


def sender(client: Any, url: str) -> Send:
    """Sends through boto3, from a thread, as the queue's conformance suite asks."""

    async def send(
        body: str, attributes: Mapping[str, MessageAttribute] | None = None, group_id: str | None = None
    ) -> object:
        group = {"MessageGroupId": group_id} if group_id else {}
        if url.endswith(".fifo"):
            group["MessageDeduplicationId"] = str(uuid4())
        wired = {name: _wired(attribute) for name, attribute in (attributes or {}).items()}
        return await asyncio.to_thread(
            client.send_message, QueueUrl=url, MessageBody=body, MessageAttributes=wired, **group
        )

    return send


def _wired(attribute: MessageAttribute) -> dict[str, str | bytes]:
    kind = "BinaryValue" if isinstance(attribute.value, bytes) else "StringValue"
    return {"DataType": attribute.data_type, kind: attribute.value}


def sqs_queue(url: str, **settings: Any) -> SqsQueue:
    """Our adapter for an emulator's queue; what the machine knows of AWS stays out of it."""
    return SqsQueue(clock=SystemClock(), session=session(), url=url, region=REGION, **settings)


class OverTheWire:
    """The fixtures of the queue's conformance suites, given ``url``, ``boto`` and ``client``."""

    @pytest.fixture
    async def queue(self, url: str, client: Client) -> AsyncIterator[SqsQueue]:
        async with sqs_queue(url, client=client) as queue:
            yield queue

    @pytest.fixture
    def send(self, boto: Any, url: str) -> Send:
        return sender(boto, url)

    @pytest.fixture
    def sender(self, queue: SqsQueue) -> SqsQueue:
        return queue


async def bodies_worked_off(queue: SqsQueue) -> list[str]:
    """Receive and delete until nothing comes any more."""
    received: list[str] = []
    while batch := await queue.receive(max_messages=10, wait=0, visibility=300):
        received += [message.body for message in batch]
        assert await queue.delete([message.receipt for message in batch]) == []
    return received


@cache
def session() -> AioSession:
    """One for all: it reads the models of AWS's services from disk once."""
    session = AioSession()
    session.set_credentials(ACCESS_KEY, SECRET_KEY)
    return session
