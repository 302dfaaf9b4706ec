"""``sqsd check`` against an S3 that answers, denies, or is away."""

import json
from typing import Any

import pytest

from sqsd_adapters.testing.raw_answers import Answer, respond
from sqsd_adapters.testing.raw_worker import RawWorker, refusing_port
from tests.support.command import CREDENTIALS, run

pytestmark = pytest.mark.integration


def xml(status: bytes, body: str) -> Answer:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return respond(head + body.encode())


def error(status: bytes, code: str, message: str = "") -> Answer:
    return xml(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>")


NOTHING_THERE = error(b"404 Not Found", "NoSuchKey")
DELETED = xml(b"200 OK", "<DeleteResult><Deleted><Key>sqsd-check/no-such-object</Key></Deleted></DeleteResult>")
NOT_DELETED = xml(
    b"200 OK",
    "<DeleteResult><Error><Key>sqsd-check/no-such-object</Key><Code>AccessDenied</Code></Error></DeleteResult>",
)


async def checked(url: str, *arguments: str, payload: str = "s3,delete") -> dict[str, dict[str, Any]]:
    env = {
        **CREDENTIALS,
        "QUEUE_URL": "memory://jobs",
        "INVOKER": "os.path:basename",
        "MESSAGE_PAYLOAD": payload,
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_S3": url,
        "MONITORING_PORT": "-1",
    }
    ended = await run("check", "--json", *arguments, env=env)
    return {each["name"]: each for each in json.loads(ended.stdout) if each["name"].startswith("S3")}


async def test_without_a_bucket_s3_is_asked_whether_it_answers() -> None:
    async with RawWorker(error(b"403 Forbidden", "AccessDenied")) as s3:
        found = await checked(s3.url)
    assert [(name, each["ok"]) for name, each in found.items()] == [("S3", True)]
    assert "--payload-bucket" in found["S3"]["why"]


async def test_an_s3_that_is_away_is_found() -> None:
    with refusing_port() as port:
        found = await checked(f"http://127.0.0.1:{port}")
    assert not found["S3"]["ok"]
    assert "S3 does not answer" in found["S3"]["why"]
    assert "AWS_ENDPOINT_URL_S3" in found["S3"]["fix"]


async def test_the_rights_are_tried_with_an_object_that_does_not_exist() -> None:
    async with RawWorker(NOTHING_THERE, DELETED) as s3:
        found = await checked(s3.url, "--payload-bucket", "payloads")
        heads = [request.split(b" HTTP")[0] for request in s3.requests]
    assert [(name, each["ok"]) for name, each in found.items()] == [("S3: reading", True), ("S3: deleting", True)]
    assert heads == [b"GET /jobs/payloads/sqsd-check/no-such-object", b"POST /jobs/payloads?delete"]


async def test_nothing_is_deleted_unless_that_is_asked_for() -> None:
    async with RawWorker(NOTHING_THERE) as s3:
        found = await checked(s3.url, "--payload-bucket", "payloads", payload="s3")
        assert len(s3.requests) == 1
    assert [*found] == ["S3: reading"]


async def test_the_right_that_is_missing_is_named() -> None:
    said = "User: arn:aws:iam::1:user/x is not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::payloads"
    async with RawWorker(error(b"403 Forbidden", "AccessDenied", said), NOT_DELETED) as s3:
        found = await checked(s3.url, "--payload-bucket", "payloads")
    assert [each["ok"] for each in found.values()] == [False, False]
    assert "allow s3:ListBucket on the bucket payloads" in found["S3: reading"]["why"]
    assert found["S3: reading"]["fix"].startswith("allow s3:GetObject on arn:aws:s3:::payloads/*")
    assert "s3:DeleteObject" in found["S3: deleting"]["fix"]


async def test_a_bucket_that_does_not_exist_is_found() -> None:
    async with RawWorker(error(b"404 Not Found", "NoSuchBucket")) as s3:
        found = await checked(s3.url, "--payload-bucket", "payloads", payload="s3")
    assert found["S3: reading"]["why"] == "the bucket does not exist in S3 (NoSuchBucket)"
