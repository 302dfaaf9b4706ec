"""``sqsd dlq`` against the embedded SQS and moto, with the real command."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.testing.raw_answers import respond
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import CREDENTIALS, Ended, command, run, until
from tests.support.embedded import Boto, embedded_server
from tests.support.moto import create_queue, moto_server, sqs_client

pytestmark = pytest.mark.integration


@dataclass(kw_only=True)
class Stage:
    """A queue with dead letters."""

    server: EmbeddedSqsServer
    boto: Boto
    suffix: str = ""

    @property
    def env(self) -> dict[str, str]:
        return {**CREDENTIALS, "AWS_REGION": "us-east-1", "QUEUE_URL": self.url("jobs")}

    def url(self, name: str) -> str:
        return self.server.queue_url(name + self.suffix)

    def count(self, name: str) -> int:
        """Messages that can be received at this moment."""
        return self.server.sqs.engine.counts(name + self.suffix, now=self.server.sqs.now()).visible

    async def kill(self, *bodies: str, **fields: Any) -> None:
        """Send messages and let them become dead letters."""
        for index, body in enumerate(bodies):
            fifo = {"MessageGroupId": "g", "MessageDeduplicationId": str(index)} if self.suffix else {}
            await self.boto("send_message", QueueUrl=self.url("jobs"), MessageBody=body, **fifo, **fields)
        while self.count("dead") < len(bodies):
            await self.boto("receive_message", QueueUrl=self.url("jobs"), MaxNumberOfMessages=10, VisibilityTimeout=0)

    async def received(self, name: str) -> list[dict[str, Any]]:
        answer = await self.boto(
            "receive_message",
            QueueUrl=self.url(name),
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    async def dlq(self, *arguments: str) -> Ended:
        return await run("dlq", *arguments, env=self.env)


@pytest.fixture(params=["", ".fifo"], ids=["standard", "fifo"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with _stage(request.param) as stage:
        yield stage


@pytest.fixture
async def standard() -> AsyncIterator[Stage]:
    async with _stage("") as stage:
        yield stage


class _stage:  # noqa: N801 - a context manager of the fixtures
    def __init__(self, suffix: str) -> None:
        self._suffix = suffix
        self._server = embedded_server(queues=[])

    async def __aenter__(self) -> Stage:
        server = await self._server.__aenter__()
        fifo = {"FifoQueue": "true"} if self._suffix else {}
        now = server.sqs.now()
        server.sqs.engine.create_queue(f"dead{self._suffix}", fifo, now=now)
        policy = redrive_to(f"dead{self._suffix}", 1)
        server.sqs.engine.create_queue(f"jobs{self._suffix}", fifo | policy, now=now)
        self._boto = Boto(server.url)
        return Stage(server=server, boto=self._boto, suffix=self._suffix)

    async def __aexit__(self, *_: object) -> None:
        self._boto.close()
        await self._server.__aexit__(None, None, None)


async def test_ls_shows_the_queue_with_its_messages_and_whose_they_are(stage: Stage) -> None:
    await stage.kill("a", "b")
    [shown] = json.loads((await stage.dlq("ls", "--json")).stdout)
    assert (shown["name"], shown["messages"]) == (f"dead{stage.suffix}", 2)
    assert shown["sources"] == [f"jobs{stage.suffix}"]
    assert shown["oldest_sent_at"] is None
    assert f"dead{stage.suffix}" in (await stage.dlq("ls", "--all")).stdout


async def test_ls_finds_the_age_by_a_sample_that_is_visible_again(standard: Stage) -> None:
    await standard.kill("a")
    ended = await standard.dlq("ls", "--age", "--json")
    assert json.loads(ended.stdout)[0]["oldest_sent_at"] > 0
    assert "counts as a receive" in ended.stderr
    assert standard.count("dead") == 1


async def test_peek_shows_messages_and_leaves_them_visible(stage: Stage) -> None:
    await stage.kill("first", "sec\x85ond")
    ended = await stage.dlq("peek", "--body", "sec")
    assert ended.code == 0
    assert "sec\\x85ond" in ended.stdout
    assert "first" not in ended.stdout
    assert "looking at a message counts as a receive" in ended.stderr
    assert stage.count("dead") == 2


async def test_peek_without_a_match_ends_with_1(standard: Stage) -> None:
    await standard.kill("a")
    assert (await standard.dlq("peek", "--id", "nonsense")).code == 1


async def test_a_dump_is_edited_and_sent_back_and_the_originals_are_deleted(stage: Stage, tmp_path: Path) -> None:
    await stage.kill("wrong one", "wrong two")
    file = tmp_path / "letters.jsonl"
    assert (await stage.dlq("dump", "--output", str(file))).code == 0
    assert (stage.count("dead"), file.stat().st_mode & 0o777) == (2, 0o600)
    ids = {json.loads(line)["MessageId"] for line in file.read_text().splitlines()}
    file.write_text(file.read_text().replace("wrong", "right"))

    ended = await stage.dlq("send", str(file), "--delete")
    messages = await stage.received("jobs")
    assert ended.code == 0, ended.stderr
    assert sorted(message["Body"] for message in messages) == ["right one", "right two"]
    assert {each["MessageAttributes"]["sqsd.original_message_id"]["StringValue"] for each in messages} == ids
    assert stage.count("dead") == 0


async def test_a_dump_never_overwrites_a_file(standard: Stage, tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_text("kept")
    ended = await standard.dlq("dump", "--output", str(file))
    assert (ended.code, file.read_text()) == (2, "kept")


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"Body": ""}', '{"Body": "x", "MessageAttributes": {"a": 1}}'])
async def test_a_wrong_line_is_named_and_nothing_is_sent(standard: Stage, tmp_path: Path, line: str) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_text(f'{{"Body": "fine"}}\n{line}\n')
    ended = await standard.dlq("send", str(file))
    assert ended.code == 2
    assert "line 2" in ended.stderr
    assert standard.count("jobs") == 0


async def test_a_refused_message_is_named_and_the_others_are_sent(standard: Stage, tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_text('{"Body": "fine"}\n{"Body": "a\\u0001b"}\n{"Body": "fine too"}\n')
    ended = await standard.dlq("send", str(file))
    assert ended.code == 1
    assert "message 2 was refused" in ended.stderr
    assert standard.count("jobs") == 2


async def test_an_interrupted_send_deletes_the_originals_of_what_was_sent(standard: Stage, tmp_path: Path) -> None:
    await standard.kill(*map(str, range(60)))
    file = tmp_path / "letters.jsonl"
    assert (await standard.dlq("dump", "--output", str(file))).code == 0
    standard.server.faults.add(Fault(kind=FaultKind.DELAY, operation="SendMessageBatch", seconds=0.5))
    async with command("dlq", "send", str(file), "--delete", env=standard.env) as running:
        await until(lambda: standard.count("jobs") >= 10)
        running.signal(signal.SIGINT)
        interrupted = await running.ended()
    sent = standard.count("jobs")
    assert (interrupted.code, f"go on with --skip {sent}" in interrupted.stderr) == (130, True), interrupted.stderr
    assert (sent < 60, standard.count("dead")) == (True, 60 - sent)
    ended = await standard.dlq("send", str(file), "--delete", "--skip", str(sent))
    assert (ended.code, standard.count("jobs"), standard.count("dead")) == (0, 60, 0), ended.stderr


async def test_originals_that_are_not_found_are_told(standard: Stage, tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_text('{"Body": "a", "MessageId": "gone"}\n{"Body": "b"}\n{"Body": "c"}\n')
    ended = await standard.dlq("send", str(file), "--delete")
    assert (ended.code, standard.count("jobs")) == (1, 3)
    assert "3 messages sent to jobs" in ended.stderr
    assert "0 originals deleted from dead; 1 original not found or not deleted" in ended.stderr


async def test_without_a_dead_letter_queue_to_delete_from_nothing_is_sent(standard: Stage, tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_text('{"Body": "a"}\n')
    ended = await standard.dlq("send", str(file), "--delete", "--to", "dead")
    assert (ended.code, standard.count("dead")) == (2, 0)


async def test_a_redrive_without_a_filter_is_sqs_own_move_task(stage: Stage) -> None:
    await stage.kill("a", "b", "c")
    ended = await stage.dlq("redrive", "--json")
    assert ended.code == 0, ended.stderr
    assert json.loads(ended.stdout) == {"status": "COMPLETED", "moved": 3, "failure": None}
    assert (stage.count("dead"), len(await stage.received("jobs"))) == (0, 3)


async def test_an_interrupted_move_task_is_cancelled(standard: Stage) -> None:
    await standard.kill(*"abcdefgh")
    async with command("dlq", "redrive", "--rate", "1", env=standard.env) as running:
        await until(lambda: standard.count("dead") < 8)
        running.signal(signal.SIGINT)
        ended = await running.ended()
    assert ended.code == 130
    assert "cancelled" in ended.stderr
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    assert (await standard.boto("list_message_move_tasks", SourceArn=arn))["Results"][0]["Status"] == "CANCELLED"


async def test_a_move_task_that_runs_by_itself_is_cancelled_by_another_command(standard: Stage) -> None:
    await standard.kill(*map(str, range(60)))  # a minute: each command takes seconds on a busy machine
    assert (await standard.dlq("redrive", "--rate", "1", "--no-wait")).code == 0
    assert (await standard.dlq("redrive")).code == 2  # one at a time
    ended = await standard.dlq("redrive", "--cancel")
    assert (ended.code, "cancelled after" in ended.stderr) == (0, True)
    assert (await standard.dlq("redrive", "--cancel")).code == 2


async def test_a_filter_sends_what_matches_and_leaves_the_rest(stage: Stage) -> None:
    await stage.kill("good 1", "bad 2", "good 3")
    ended = await stage.dlq("redrive", "--body", "good", "--json")
    assert ended.code == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "moved": 2,
        "left": 1,
        "doubled": 0,
        "unknown": 0,
        "failed_again": 0,
        "refused": {},
    }
    assert "in both queues" in ended.stderr
    messages = await stage.received("jobs")
    assert [message["Body"] for message in messages] == ["good 1", "good 3"]
    assert all("sqsd.original_message_id" in message["MessageAttributes"] for message in messages)
    assert stage.count("dead") == 1


@pytest.mark.parametrize("arguments", [["--id", ""], ["--body", ""], ["--to", "dead", "--copy"], ["--to", "dead"]])
async def test_what_would_move_everything_or_go_round_is_refused(standard: Stage, arguments: list[str]) -> None:
    await standard.kill("a", "b")
    ended = await standard.dlq("redrive", *arguments)
    assert (ended.code, standard.count("jobs"), standard.count("dead")) == (2, 0, 2), ended.stderr
    assert arguments[0] in ended.stderr


async def test_a_message_that_fails_again_at_once_is_sent_once(standard: Stage) -> None:
    await standard.kill(*"abc")
    failing = asyncio.create_task(_fail_all(standard, "jobs"))
    ended = await standard.dlq("redrive", "--copy")
    failing.cancel()
    assert (ended.code, standard.server.faults.calls["SendMessageBatch"]) == (1, 1), ended.stderr
    assert "3 messages failed again meanwhile" in ended.stderr
    assert standard.count("dead") == 3


async def test_without_the_right_to_delete_what_was_sent_is_told(standard: Stage) -> None:
    await standard.kill(*map(str, range(15)))
    standard.server.faults.add(Fault(kind=FaultKind.ACCESS_DENIED, operation="DeleteMessageBatch"))
    ended = await standard.dlq("redrive", "--copy")
    assert (ended.code, standard.count("jobs"), standard.count("dead")) == (2, 10, 5)
    assert "10 messages sent but not deleted: they are in both queues" in ended.stderr


async def test_a_message_of_the_largest_size_is_sent_as_it_is(standard: Stage) -> None:
    await standard.kill("x" * (1_048_576 - 20), "small")
    ended = await standard.dlq("redrive", "--copy")
    assert (ended.code, standard.count("jobs"), standard.count("dead")) == (0, 2, 0), ended.stderr


async def _fail_all(stage: Stage, name: str) -> None:
    """A worker that fails: a second receive makes each message a dead letter."""
    while True:
        url = stage.url(name)
        await stage.boto("receive_message", QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        await asyncio.sleep(0.1)


async def test_a_dry_run_moves_nothing(stage: Stage) -> None:
    await stage.kill("good 1", "bad 2")
    at_once, filtered = (
        await stage.dlq("redrive", "--dry-run"),
        await stage.dlq("redrive", "--dry-run", "--body", "bad"),
    )
    assert "would move 2 messages" in at_once.stdout
    assert "bad 2" in filtered.stdout
    assert "good 1" not in filtered.stdout
    assert (stage.count("dead"), stage.count("jobs")) == (2, 0)


async def test_an_interrupted_copy_loses_nothing_and_leaves_the_rest_visible(standard: Stage) -> None:
    bodies = [f"{number:02d}" for number in range(30)]
    await standard.kill(*bodies)
    async with command("dlq", "redrive", "--copy", "--rate", "10", env=standard.env) as running:
        await until(lambda: standard.count("jobs") >= 10)
        running.signal(signal.SIGINT)
        ended = await running.ended()
    assert ended.code == 130
    assert "moved from dead" in ended.stderr
    assert 0 < standard.count("jobs") < 30
    assert standard.count("jobs") + standard.count("dead") == 30


async def test_a_canary_that_succeeds_is_followed_by_the_rest(standard: Stage) -> None:
    await standard.kill(*"abcdef")
    async with command("dlq", "redrive", "--canary", "2", env=standard.env) as running:
        await until(lambda: standard.count("jobs") == 2)
        for message in await standard.received("jobs"):
            await standard.boto("delete_message", QueueUrl=standard.url("jobs"), ReceiptHandle=message["ReceiptHandle"])
        ended = await running.ended()
    assert ended.code == 0, ended.stderr
    assert "2 messages succeeded" in ended.stderr
    assert (standard.count("jobs"), standard.count("dead")) == (4, 0)


async def test_a_canary_that_fails_again_stops_the_redrive(stage: Stage) -> None:
    await stage.kill(*"abcdef")
    async with command("dlq", "redrive", "--canary", "2", env=stage.env) as running:
        await until(lambda: stage.count("jobs") == 2)
        for _ in range(2):
            await stage.boto("receive_message", QueueUrl=stage.url("jobs"), MaxNumberOfMessages=10, VisibilityTimeout=0)
            await asyncio.sleep(0.5)
        ended = await running.ended()
    assert ended.code == 1
    assert "failed again" in ended.stderr
    assert (stage.count("jobs"), stage.count("dead")) == (0, 6)


async def test_a_canary_that_nothing_is_known_of_stops_the_redrive(standard: Stage) -> None:
    await standard.kill(*"abc")
    ended = await standard.dlq("redrive", "--canary", "1", "--canary-wait", "1s")
    assert ended.code == 1
    assert "did not become empty within 1 s" in ended.stderr
    assert (standard.count("jobs"), standard.count("dead")) == (1, 2)


async def test_a_canary_is_no_more_than_the_limit(standard: Stage) -> None:
    await standard.kill(*"abcdef")
    ended = await standard.dlq("redrive", "--canary", "4", "--max", "2", "--canary-wait", "1s")
    assert (ended.code, standard.count("jobs"), standard.count("dead")) == (1, 2, 4)


async def test_a_canary_that_fails_into_another_dead_letter_queue_stops_the_redrive(standard: Stage) -> None:
    engine, now = standard.server.sqs.engine, standard.server.sqs.now()
    engine.create_queue("other-dead", now=now)
    engine.create_queue("other", redrive_to("other-dead", 1), now=now)
    await standard.kill(*"abcdef")
    failing = asyncio.create_task(_fail_all(standard, "other"))
    ended = await standard.dlq("redrive", "--canary", "2", "--to", "other")
    failing.cancel()
    assert (ended.code, "is in other-dead" in ended.stderr) == (1, True), ended.stderr
    assert (standard.count("dead"), standard.count("other-dead")) == (4, 2)


async def test_dead_letters_come_back_to_a_real_daemon_once_its_worker_is_mended(standard: Stage) -> None:
    broken = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"
    async with RawWorker(*[respond(broken)] * 4, respond()) as worker:
        env = standard.env | {
            "INVOKER_URL": worker.url,
            "ERROR_VISIBILITY_TIMEOUT": "0s",
            "ERROR_VISIBILITY_TIMEOUT_MAX": "1s",
            "FETCHER_WAIT_TIME": "1s",
            "MONITORING_PORT": "-1",
        }
        async with command("run", env=env) as daemon:
            for number in range(4):
                assert (await run("send", f"order {number}", env=standard.env)).code == 0
            await until(lambda: standard.count("dead") == 4)
            ended = await standard.dlq("redrive", "--canary", "2")
            await worker.until(lambda worker: len(worker.requests) == 8)
            assert (await daemon.drained()).code == 0
    assert ended.code == 0, ended.stderr
    assert b"X-Aws-Sqsd-Attr-sqsd.original_message_id" in worker.requests[-1]
    assert standard.count("dead") == 0


async def test_purge_needs_the_queues_name(standard: Stage) -> None:
    await standard.kill("a", "b")
    async with command("dlq", "purge", env=standard.env, stdin=asyncio.subprocess.PIPE) as running:
        assert running.process.stdin is not None
        running.process.stdin.write(b"yes\n")
        running.process.stdin.close()
        refused = await running.ended()
    assert (refused.code, "nothing was deleted" in refused.stderr) == (2, True)
    assert "This deletes 2 messages of dead" in refused.stderr
    assert standard.count("dead") == 2
    assert (await standard.dlq("purge", "--confirm", "dead")).code == 0
    assert standard.count("dead") == 0


@pytest.mark.parametrize("arguments", [["purge", "jobs", "--confirm", "jobs"], ["redrive", "jobs"]])
async def test_a_queue_that_is_no_dead_letter_queue_is_refused(standard: Stage, arguments: list[str]) -> None:
    ended = await standard.dlq(*arguments)
    assert (ended.code, "jobs is not a dead-letter queue" in ended.stderr) == (2, True)


async def test_a_queue_without_redrive_policy_has_no_dead_letters_to_show(standard: Stage) -> None:
    ended = await standard.dlq("ls", "--queue", "dead")
    assert (ended.code, "no dead-letter queue" in ended.stderr) == (2, True)


async def test_moto_without_move_tasks_is_told_of_copy_which_works_there() -> None:
    with moto_server() as url, sqs_client(url) as client:
        dead = await asyncio.to_thread(create_queue, client, "dlq-dead")
        arn = (await asyncio.to_thread(client.get_queue_attributes, QueueUrl=dead, AttributeNames=["QueueArn"]))[
            "Attributes"
        ]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        jobs = await asyncio.to_thread(create_queue, client, "dlq-jobs", RedrivePolicy=policy)
        await asyncio.to_thread(client.send_message, QueueUrl=dead, MessageBody="hello")
        env = {**CREDENTIALS, "AWS_REGION": "eu-west-1", "QUEUE_URL": jobs}
        refused = await run("dlq", "redrive", env=env)
        assert (refused.code, "needs --copy" in refused.stderr) == (1, True), refused.stderr
        copied = await run("dlq", "redrive", "--copy", env=env)
        assert copied.code == 0, copied.stderr
        answer = await asyncio.to_thread(client.receive_message, QueueUrl=jobs)
    assert answer["Messages"][0]["Body"] == "hello"
