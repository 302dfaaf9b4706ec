"""What people, tools and web pages meet at the embedded server besides SQS itself."""

from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.embedded import embedded_server

pytestmark = pytest.mark.integration

SEND = "Action=SendMessage&MessageBody=x&QueueUrl=jobs"
MESSAGES = "/_aws/sqs/messages"
JSON = {"Accept": "application/json"}
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example:9324"},
]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedSqsServer]:
    async with embedded_server() as server:
        yield server


@pytest.fixture
def queue(server: EmbeddedSqsServer) -> EmbeddedQueue:
    return EmbeddedQueue(sqs=server.sqs)


@pytest.fixture
async def session(server: EmbeddedSqsServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    "request_",
    [
        ("POST", "/_faults", '{"kind": "throttle"}'),
        ("DELETE", "/_faults", ""),
        ("GET", "/_calls", ""),
        ("POST", "/", SEND),
        ("GET", f"/?{SEND}", ""),
        ("GET", f"{MESSAGES}?QueueUrl=jobs", ""),
        ("GET", "/_health", ""),
    ],
)
async def test_a_web_page_elsewhere_is_refused_with_a_sentence_and_changes_nothing(
    server: EmbeddedSqsServer,
    queue: EmbeddedQueue,
    session: aiohttp.ClientSession,
    headers: dict[str, str],
    request_: tuple[str, str, str],
) -> None:
    method, path, body = request_
    server.faults.add(Fault(kind=FaultKind.DELAY))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with session.request(method, path, data=body, headers={**form, **headers}) as answer:
        assert answer.status == 403
        assert (await answer.text()).endswith(".\n")
    assert len(server.faults.active) == 1
    assert queue.is_empty


async def test_health_says_ok(session: aiohttp.ClientSession) -> None:
    async with session.get("/_health") as answer:
        assert await answer.json() == {"status": "ok", "queues": 1}


async def messages(session: aiohttp.ClientSession, **options: str) -> list[dict[str, object]]:
    params = {"QueueUrl": "http://x/000000000000/jobs", **options}
    async with session.get(MESSAGES, params=params, headers=JSON) as answer:
        found = (await answer.json())["ReceiveMessageResponse"]["ReceiveMessageResult"].get("Message", [])
    return found if isinstance(found, list) else [found]


def attributes_of(message: dict[str, object]) -> dict[str, str]:
    attributes = message["Attribute"]
    assert isinstance(attributes, list)
    return {attribute["Name"]: attribute["Value"] for attribute in attributes}


async def test_messages_are_looked_at_without_being_received(
    session: aiohttp.ClientSession, queue: EmbeddedQueue
) -> None:
    for delay, body in ((0, "in flight"), (0, "visible"), (60, "delayed")):
        queue.send(body, delay=delay)
    await queue.receive(max_messages=1, wait=0, visibility=30)
    assert [message["Body"] for message in await messages(session)] == ["visible"]
    everything = await messages(session, ShowInvisible="true", ShowDelayed="true")
    attributes = [attributes_of(message) for message in everything]
    bodies = [message["Body"] for message in everything]
    shown = [(each["IsVisible"], each["IsDelayed"]) for each in attributes]
    assert dict(zip(bodies, shown, strict=True)) == {
        "in flight": ("false", "false"),
        "visible": ("true", "false"),
        "delayed": ("true", "true"),
    }
    assert [each["ApproximateReceiveCount"] for each in attributes] == ["1", "0", "0"]
    assert (queue.visible, queue.in_flight) == (1, 1)


async def test_a_fifo_message_behind_one_in_flight_is_shown_only_with_the_invisible(
    server: EmbeddedSqsServer, session: aiohttp.ClientSession
) -> None:
    queue = EmbeddedQueue(sqs=server.sqs, name="jobs.fifo")
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        queue.send(body, group_id=group)
    await queue.receive(max_messages=1, wait=0, visibility=30)
    url = {"QueueUrl": "http://x/000000000000/jobs.fifo"}
    assert [message["Body"] for message in await messages(session, **url)] == ["b1"]
    everything = await messages(session, ShowInvisible="true", **url)
    assert [message["Body"] for message in everything] == ["a1", "a2", "b1"]


@pytest.mark.parametrize("path", [f"{MESSAGES}?QueueUrl=http://x/1/jobs", f"{MESSAGES}/us-east-1/000000000000/jobs"])
async def test_messages_are_xml_unless_json_is_asked_for(
    session: aiohttp.ClientSession, queue: EmbeddedQueue, path: str
) -> None:
    queue.send("a<b")
    async with session.get(path) as answer:
        root = ET.fromstring(await answer.text())
    assert [body.text for body in root.iter("{http://queue.amazonaws.com/doc/2012-11-05/}Body")] == ["a<b"]


async def test_an_empty_queue_has_no_messages_to_look_at(session: aiohttp.ClientSession) -> None:
    assert await messages(session) == []


@pytest.mark.parametrize("query", ["", "?QueueUrl=http://x/1/none"])
async def test_a_queue_that_does_not_exist_is_said_to(session: aiohttp.ClientSession, query: str) -> None:
    async with session.get(f"{MESSAGES}{query}") as answer:
        assert answer.status == 400
        assert "AWS.SimpleQueueService.NonExistentQueue" in await answer.text()


async def test_a_url_without_an_account_is_no_address_of_a_queue(session: aiohttp.ClientSession) -> None:
    async with session.get(f"{MESSAGES}?QueueUrl=http://x/jobs", headers=JSON) as answer:
        error = (await answer.json())["ErrorResponse"]["Error"]
    assert (answer.status, error["Code"]) == (404, "InvalidAddress")
    assert error["Message"] == "The address http://x/jobs is not valid for this endpoint."


async def test_an_error_is_json_where_json_is_asked_for(session: aiohttp.ClientSession) -> None:
    async with session.get(f"{MESSAGES}?QueueUrl=none", headers=JSON) as answer:
        error = (await answer.json())["ErrorResponse"]["Error"]
    assert (answer.status, error["Code"]) == (400, "AWS.SimpleQueueService.NonExistentQueue")


async def test_only_receives_are_accepted_where_messages_are_looked_at(session: aiohttp.ClientSession) -> None:
    headers = {"X-Amz-Target": "AmazonSQS.SendMessage"}
    async with session.post(MESSAGES, json={"QueueUrl": "jobs"}, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json(content_type=None))["message"] == "This endpoint only accepts ReceiveMessage calls"


async def test_a_get_that_is_no_call_is_not_found(session: aiohttp.ClientSession) -> None:
    async with session.get("/") as answer:
        assert answer.status == 404
