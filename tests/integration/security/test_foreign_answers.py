"""Something answers 2xx in a peer's place: it is an outage of that peer, and never a success."""

from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.envelope.errors import StoreUnavailable
from sqsd_adapters.invoker.envelope.s3 import S3Store
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer
from sqsd_adapters.lock_store.dynamodb import DynamoDbLockStore
from sqsd_adapters.lock_store.redis import RedisLockStore
from sqsd_adapters.queue.sqs import Client, SqsQueue
from sqsd_adapters.queue.sqs.admin import SqsAdmin
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_adapters.testing.raw_answers import Answer, respond
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_core.errors import LockStoreUnavailable, QueueRefused, QueueUnavailable
from sqsd_core.message import MessageId, ReceiptHandle
from sqsd_core.policy.locking import Lock
from sqsd_core.ports.queue import VisibilityChange
from tests.support.foreign import FOREIGN, http
from tests.support.moto import REGION, session, sqs_queue

pytestmark = pytest.mark.integration

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
LOCK = Lock(MessageId("message"), "ours")
RECEIPT = ReceiptHandle("receipt")
POINTER = Pointer("payloads", "key")


@pytest.fixture(params=FOREIGN)
def answer(request: pytest.FixtureRequest) -> Answer:
    return FOREIGN[request.param]


@pytest.fixture(params=["short", "aiobotocore"])
def client(request: pytest.FixtureRequest) -> Client:
    way: Client = request.param
    return way


@pytest.mark.parametrize("operation", ["acquire", "renew", "complete", "release"])  # it expires items by itself
async def test_dynamodb_has_carried_out_no_lock(answer: Answer, operation: str) -> None:
    async with RawWorker(answer) as server:
        store = DynamoDbLockStore(
            table="locks",
            queue_url=QUEUE_URL,
            clock=SystemClock(),
            region=REGION,
            session=session,
            endpoint_url=f"http://127.0.0.1:{server.port}",
        )
        async with store:
            await _refuses(store, operation)


async def _refuses(store: DynamoDbLockStore | RedisLockStore, operation: str) -> None:
    calls = {
        "acquire": lambda: store.acquire([LOCK], lease=60.0),
        "renew": lambda: store.renew([LOCK], lease=60.0),
        "complete": lambda: store.complete([LOCK], expire=60.0),
        "release": lambda: store.release([LOCK]),
        "expire": store.expire,
    }
    with pytest.raises(LockStoreUnavailable):
        await calls[operation]()


@pytest.mark.parametrize("operation", ["acquire", "renew", "complete", "release", "expire"])
async def test_redis_has_carried_out_no_lock(answer: Answer, operation: str) -> None:
    async with (
        RawWorker(answer) as server,
        RedisLockStore(url=f"redis://127.0.0.1:{server.port}", queue_url=QUEUE_URL) as store,
    ):
        await _refuses(store, operation)


async def test_sqs_has_not_told_that_the_queue_is_empty(answer: Answer, client: Client) -> None:
    async with RawWorker(answer) as server, sqs_queue(f"http://127.0.0.1:{server.port}/1/jobs", client=client) as queue:
        with pytest.raises(QueueUnavailable):
            await queue.receive(max_messages=10, wait=0, visibility=30)


@pytest.mark.parametrize("operation", ["delete", "change_visibility"])
async def test_sqs_has_settled_no_message(answer: Answer, client: Client, operation: str) -> None:
    async with RawWorker(answer) as server, sqs_queue(f"http://127.0.0.1:{server.port}/1/jobs", client=client) as queue:
        calls = {
            "delete": lambda: queue.delete([RECEIPT]),
            "change_visibility": lambda: queue.change_visibility([VisibilityChange(receipt=RECEIPT, timeout=0)]),
        }
        with pytest.raises(QueueUnavailable):
            await calls[operation]()


async def test_sqs_has_taken_no_message_and_told_no_depth(answer: Answer) -> None:
    async with RawWorker(answer) as server, sqs_queue(f"http://127.0.0.1:{server.port}/1/jobs") as queue:
        with pytest.raises(QueueUnavailable):
            await queue.send("a periodic task")
        with pytest.raises(QueueUnavailable):
            await queue.describe()


async def test_s3_has_delivered_deleted_and_told_nothing(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawWorker(answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.port}")
        async with S3Store(clock=SystemClock(), region=REGION, connections=4, session=session) as store:
            with pytest.raises(StoreUnavailable):
                await store.read(POINTER, limit=1_000)
            with pytest.raises(StoreUnavailable):
                await store.delete("payloads", ["key"])
            assert not await store.answers(None)
            assert not await store.answers(POINTER)


@pytest.mark.parametrize(
    "fields",
    [b'ETag: "1"', b'ETag: W/"1"\r\nContent-Type: text/html\r\nx-amz-request-id: 4442587FB7D0A2F9'],
    ids=["of a server of S3's protocol", "of S3, a page that a job stored, through a proxy that compresses"],
)
async def test_an_object_is_what_has_an_etag_and_is_no_page_of_another_server(
    fields: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawWorker(respond(http(b"body", fields))) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.port}")
        async with S3Store(clock=SystemClock(), region=REGION, connections=4, session=session) as store:
            assert await store.read(POINTER, limit=1_000) == b"body"


@pytest.mark.parametrize("name", sorted(FOREIGN.keys() - {"nothing, 200"}))
async def test_an_operator_is_not_told_that_a_page_purged_the_queue(name: str) -> None:
    async with RawWorker(FOREIGN[name]) as server, _admin(server) as admin:
        with pytest.raises(QueueUnavailable):
            await Queues(admin=admin).purge(QUEUE_URL)


@pytest.mark.parametrize("body", [b"", b"{}"], ids=["nothing, as SQS", "an empty object, as emulators"])
async def test_a_call_without_an_answer_of_its_own_has_succeeded(body: bytes) -> None:
    async with RawWorker(respond(http(body))) as server, _admin(server) as admin:
        await Queues(admin=admin).purge(QUEUE_URL)


def _admin(server: RawWorker) -> SqsAdmin:
    endpoint = f"http://127.0.0.1:{server.port}"
    return SqsAdmin(clock=SystemClock(), session=session(), url=QUEUE_URL, region=REGION, endpoint_url=endpoint)


#: the SDK asks a container's endpoint three times, a second apart, but for these answers
SOURCES = [
    *(("container", name) for name in ("a compressed page", "JSON of another shape", "a list in JSON")),
    *(("web identity", name) for name in FOREIGN if name != "an answer that breaks off"),
]


@pytest.mark.parametrize(("source", "name"), SOURCES)
async def test_no_credentials_are_made_of_it(
    source: str, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("token")
    async with RawWorker(FOREIGN[name]) as server:
        url = f"http://127.0.0.1:{server.port}"
        container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/credentials"}
        role = {"AWS_ENDPOINT_URL_STS": url, "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/worker"}
        web_identity = {**role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}
        files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(tmp_path / "none"))
        for variable, value in {**files, **(container if source == "container" else web_identity)}.items():
            monkeypatch.setenv(variable, value)
        with pytest.raises((QueueRefused, QueueUnavailable), match="cannot be read"):
            await _receive()
        assert server.requests


async def _receive() -> None:
    async with SqsQueue(clock=SystemClock(), url="http://127.0.0.1:9/1/jobs", region=REGION) as queue:
        await queue.receive(max_messages=1, wait=0, visibility=30)
