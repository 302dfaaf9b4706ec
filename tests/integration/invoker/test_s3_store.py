"""Objects of S3 as moto and scripted answers have them."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.envelope.errors import (
    AccessDenied,
    CredentialsRefused,
    ObjectGone,
    ObjectRefused,
    ObjectTooLarge,
    StoreUnavailable,
)
from sqsd_adapters.invoker.envelope.s3 import S3Store
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer
from sqsd_adapters.testing.raw_answers import Answer, drip, respond, respond_and_close, stay_silent
from sqsd_adapters.testing.raw_worker import RawWorker, refusing_port
from tests.support.moto import REGION, SECRET_KEY, bucket, moto_server, session

pytestmark = pytest.mark.integration

LIMIT = 1_000_000
POINTER = Pointer("payloads", "ü/k 1")
NAME = "AWS_ENDPOINT_URL_S3"
OBJECT = b'HTTP/1.1 200 OK\r\nETag: "1"\r\n'


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url
    gc.collect()


@pytest.fixture
def s3(moto: str) -> Iterator[Any]:
    with bucket(moto, name="payloads") as client:
        yield client


@asynccontextmanager
async def store_at(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[S3Store]:
    monkeypatch.setenv(NAME, url)
    async with S3Store(clock=SystemClock(), region=REGION, connections=4, session=session) as store:
        yield store


@pytest.fixture
async def store(moto: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[S3Store]:
    del s3
    async with store_at(moto, monkeypatch) as store:
        yield store


@pytest.mark.parametrize("body", [b"", "🎁".encode(), b"x" * LIMIT], ids=["empty", "short", "as long as allowed"])
async def test_an_object_is_read_to_its_last_byte(store: S3Store, s3: Any, body: bytes) -> None:
    s3.put_object(Bucket="payloads", Key=POINTER.key, Body=body)
    assert await store.read(POINTER, limit=LIMIT) == body


async def test_an_object_beyond_the_limit_is_not_read(store: S3Store, s3: Any) -> None:
    s3.put_object(Bucket="payloads", Key=POINTER.key, Body=b"x" * (LIMIT + 1))
    with pytest.raises(ObjectTooLarge):
        await store.read(POINTER, limit=LIMIT)


async def test_an_object_whose_length_is_not_told_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = respond_and_close(OBJECT + b"\r\n" + b"x" * (LIMIT + 1))
    async with RawWorker(answer) as server, store_at(server.url, monkeypatch) as store:
        with pytest.raises(ObjectTooLarge):
            await store.read(POINTER, limit=LIMIT)
        assert len(await store.read(POINTER, limit=LIMIT + 1)) == LIMIT + 1


@pytest.mark.parametrize(
    ("pointer", "reason"),
    [
        (POINTER, "the object is gone from S3 (NoSuchKey)"),
        (Pointer("nobodys-bucket", "k"), "the bucket does not exist in S3 (NoSuchBucket)"),
    ],
)
async def test_what_does_not_exist_is_gone(store: S3Store, pointer: Pointer, reason: str) -> None:
    with pytest.raises(ObjectGone) as caught:
        await store.read(pointer, limit=LIMIT)
    assert str(caught.value) == reason


async def test_objects_are_deleted_at_once_and_again(store: S3Store, s3: Any) -> None:
    keys = [f"k-{number}" for number in range(20)]
    for key in keys:
        s3.put_object(Bucket="payloads", Key=key, Body=b"x")
    assert await store.delete("payloads", keys) == {}
    assert await store.delete("payloads", keys) == {}
    assert s3.list_objects_v2(Bucket="payloads")["KeyCount"] == 0


async def test_s3_answers_whether_the_known_object_exists_or_not(store: S3Store, s3: Any) -> None:
    assert await store.answers(None)
    assert await store.answers(POINTER)
    s3.put_object(Bucket="payloads", Key=POINTER.key, Body=b"x")
    assert await store.answers(POINTER)


def error(status: bytes, code: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
    head = b"HTTP/1.1 %b\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return respond(head + body)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (
            error(b"403 Forbidden", "AccessDenied"),
            AccessDenied,
            "S3 denies access; allow s3:GetObject on the bucket payloads (AccessDenied)",
        ),
        (error(b"403 Forbidden", "InvalidObjectState"), ObjectRefused, "S3 refuses the request (InvalidObjectState)"),
        (error(b"400 Bad Request", "KMS.DisabledException"), ObjectRefused, "S3 refuses the request (KMS.Dis"),
        (error(b"503 Slow Down", "SlowDown"), StoreUnavailable, "S3 fails (SlowDown, status 503)"),
        (error(b"500 Oops", "InternalError"), StoreUnavailable, "S3 fails (InternalError, status 500)"),
        (
            error(b"400 Bad Request", "ExpiredToken"),
            CredentialsRefused,
            "S3 does not accept the credentials (ExpiredToken)",
        ),
        (
            respond_and_close(OBJECT + b"Content-Length: 1000\r\n\r\nhalf"),
            StoreUnavailable,
            "",
        ),
        (respond_and_close(b"garbage\r\n\r\n"), StoreUnavailable, ""),
    ],
    ids=["denied", "archived", "KMS", "slow down", "internal", "expired", "cut off", "garbage"],
)
async def test_what_s3_answers_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, kind: type[Exception], reason: str
) -> None:
    async with RawWorker(answer) as server, store_at(server.url, monkeypatch) as store:
        with pytest.raises(kind) as caught:
            await store.read(POINTER, limit=LIMIT)
    assert str(caught.value).startswith(reason)
    assert "ü/k 1" not in str(caught.value)


async def test_an_s3_that_refuses_connections_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_port() as port:
        async with store_at(f"http://127.0.0.1:{port}/", monkeypatch) as store:
            with pytest.raises(StoreUnavailable):
                await store.read(POINTER, limit=LIMIT)
            assert not await store.answers(None)


@pytest.mark.parametrize(
    "answer",
    [stay_silent(), drip(OBJECT + b"Content-Length: 9000\r\n\r\n" + b"x" * 9_000, interval=0.01)],
    ids=["silent", "drips"],
)
async def test_a_read_can_be_cancelled(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    async with RawWorker(answer) as server, store_at(server.url, monkeypatch) as store:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await store.read(POINTER, limit=LIMIT)


async def test_a_deletion_that_is_denied_names_the_right_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    denied = b"<Error><Key>k-1</Key><Code>AccessDenied</Code></Error>"
    body = b"<DeleteResult>" + denied + b"<Deleted><Key>k-2</Key></Deleted></DeleteResult>"
    answer = respond(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    async with RawWorker(answer) as server, store_at(server.url, monkeypatch) as store:
        refused = await store.delete("payloads", ["k-1", "k-2"])
    assert {key: str(error) for key, error in refused.items()} == {
        "k-1": "S3 denies access; allow s3:DeleteObject on the bucket payloads (AccessDenied)"
    }


async def test_renewed_credentials_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOLD")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    answers = error(b"403 Forbidden", "InvalidAccessKeyId"), respond(OBJECT + b"Content-Length: 2\r\n\r\nok")
    async with RawWorker(*answers) as server:
        monkeypatch.setenv(NAME, server.url)
        async with S3Store(clock=SystemClock(), region=REGION, connections=4) as store:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANEW")
            with pytest.raises(CredentialsRefused):
                await store.read(POINTER, limit=LIMIT)
            assert await store.read(POINTER, limit=LIMIT) == b"ok"
        first, second = (request.decode("latin-1") for request in server.requests)
    assert "AKIAOLD" in first
    assert "AKIANEW" in second
