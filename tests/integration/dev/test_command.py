"""``sqsd dev`` as a process: what it prints, what it serves, how it ends."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import Command, Ended, command, run
from tests.support.embedded import Boto

pytestmark = pytest.mark.integration

CRON = """
version: 1
cron:
  - name: report
    url: /report
    schedule: "0 0 1 1 *"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dev:
    """A running ``sqsd dev``."""

    running: Command
    page: str
    exports: Mapping[str, str]
    state: Path
    #: what was printed before the last line of the start
    greeting: str

    @property
    def token(self) -> str:
        return str(json.loads((self.state / "sqsd" / "dev.json").read_text())["token"])

    async def line(self, pattern: str) -> str:
        """The next line of the output that matches."""
        assert self.running.process.stdout is not None
        async with asyncio.timeout(20):
            while line := (await self.running.process.stdout.readline()).decode():
                if re.search(pattern, line):
                    return line
        raise AssertionError(f"ended without {pattern!r}")

    async def ask(self, path: str, fields: object = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and body; ``fields`` are POSTed as JSON."""
        data = None if fields is None else json.dumps(fields).encode()
        given = {"X-Sqsd-Token": self.token, "Content-Type": "application/json", **(headers or {})}
        request = Request(self.page + path.removeprefix("/"), data=data, headers=given)

        def call() -> tuple[int, str]:
            try:
                with urlopen(request, timeout=10) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        return await asyncio.to_thread(call)

    async def interrupted(self) -> Ended:
        self.running.signal(signal.SIGINT)
        return await self.running.ended()


@asynccontextmanager
async def dev(*arguments: str, state: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Dev]:
    variables = {"XDG_STATE_HOME": str(state), "MONITORING_PORT": "-1", **(env or {})}
    async with command("dev", "--port=0", *arguments, env=variables) as running:
        page, exports, greeting = "", {}, ""
        assert running.process.stdout is not None
        async with asyncio.timeout(20):
            while (line := (await running.process.stdout.readline()).decode()) != "Press Ctrl-C to stop.\n":
                assert line, (await running.ended()).stderr
                greeting += line
                if match := re.match(r"  page +(\S+)", line):
                    page = match[1]
                elif match := re.match(r"export (\w+)=(\S+)", line):
                    exports[match[1]] = match[2]
        yield Dev(running=running, page=page, exports=exports, state=state, greeting=greeting)


async def test_a_message_that_boto3_sends_reaches_the_worker_signed_and_ctrl_c_ends_with_0(tmp_path: Path) -> None:
    async with RawWorker() as worker, dev(f"--invoker-url=:{worker.port}", state=tmp_path) as local:
        boto = Boto(local.exports["AWS_ENDPOINT_URL_SQS"])
        await boto("send_message", QueueUrl=local.exports["QUEUE_URL"], MessageBody="hello")
        boto.close()
        await local.line(r"jobs  [0-9a-f]{8}  receive 1  200 in \d+ ms")
        assert b"webhook-signature: v1," in worker.requests[0]
        ended = await local.interrupted()
    assert (ended.code, ended.stderr) == (0, "")
    assert "stopped" in ended.stdout


async def test_a_consumer_that_went_away_in_a_long_poll_leaves_the_next_message_visible(tmp_path: Path) -> None:
    async with dev(state=tmp_path) as local:
        boto, url = Boto(local.exports["AWS_ENDPOINT_URL_SQS"]), local.exports["QUEUE_URL"]
        await _go_away_in_a_long_poll(local)
        await boto("list_queues")  # the server has seen by now that the client is gone
        await boto("send_message", QueueUrl=url, MessageBody="hello")
        counts = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
        boto.close()
    assert counts["Attributes"]["ApproximateNumberOfMessages"] == "1"


async def test_a_worker_that_is_not_there_yet_gets_its_first_message_when_it_is(tmp_path: Path) -> None:
    async with RawWorker() as worker:
        port = worker.port
    async with dev(f"--invoker-url=:{port}", "--hello", state=tmp_path) as local:
        events = await _first_events(local)
        assert f"Your worker does not answer at http://127.0.0.1:{port}/ yet." in events
        server = await asyncio.start_server(_answer, "127.0.0.1", port)
        async with server:
            await local.line("receive 1  200")
        assert (await local.interrupted()).code == 0


async def test_a_python_callable_that_raises_shows_its_traceback(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("def job(message):\n    raise ValueError('no such order')\n")
    env = {"PYTHONPATH": str(tmp_path)}
    async with dev("--invoker=shop:job", "--hello", state=tmp_path, env=env) as local:
        await local.line("receive 1  raised ValueError")
        events = await _first_events(local)
        message_id = re.findall(r'"id": "([^"]+)"', events)[0]
        status, body = await local.ask(f"/api/messages/{message_id}")
        assert (status, "no such order" in body) == (200, True)
        assert (await local.interrupted()).code == 0


async def test_a_periodic_task_is_run_by_the_dev_that_runs(tmp_path: Path) -> None:
    cron = tmp_path / "cron.yaml"
    cron.write_text(CRON)
    env = {"CRON_FILE": str(cron)}
    async with RawWorker() as worker, dev(f"--invoker-url=:{worker.port}", state=tmp_path, env=env) as local:
        port = local.page.rstrip("/").rpartition(":")[2]
        arguments = ("dev", f"--page-port={port}", "--trigger", "cron")
        state = {"XDG_STATE_HOME": str(tmp_path)}
        triggered = await run(*arguments, "report", env=state)
        assert (triggered.code, len(triggered.stdout)) == (0, 37)
        await local.line("receive 1  200")
        assert worker.requests[0].startswith(b"POST /report HTTP/1.1\r\n")
        refused = await run(*arguments, "unknown", env=state)
        assert (refused.code, "the tasks are: report" in refused.stderr) == (2, True)
        await local.interrupted()


async def test_a_task_needs_a_dev_that_runs_or_a_worker(tmp_path: Path) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path)}
    ended = await run("dev", "--page-port=1", "--trigger", "cron", "report", env=env)
    assert (ended.code, "no sqsd dev runs on port 1" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--invoker=json:loads", "--trigger", "cron", "unknown"), "no periodic task 'unknown'; the tasks are: report"),
        (("--trigger", "queue", "report"), "--trigger queue: expected cron and the name of a task"),
        (("--invoker=none:job",), "INVOKER=none:job: no module 'none'"),
        (("--invoker=json:none",), "has no 'none'"),
        (("--invoker-url=",), "--invoker-url: expected a value that is not empty"),
        (("--invoker-url=worker",), "INVOKER_URL=worker: the scheme is none of http, https and http+unix"),
        (("-c", "broken.toml"), "broken.toml: not TOML"),
        (("-c", "absent.toml"), "absent.toml: No such file or directory"),
        (("--queue=a b",), "--queue 'a b' is not a queue name"),
        (("--file=absent/queues.db",), "cannot use the file absent/queues.db"),
    ],
)
async def test_input_that_cannot_work_ends_with_2_and_one_sentence_before_anything_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cron.yaml").write_text(CRON)
    (tmp_path / "broken.toml").write_text("x = [\n")
    env = {"XDG_STATE_HOME": str(tmp_path), "CRON_FILE": "cron.yaml", "MONITORING_PORT": "-1"}
    ended = await run("dev", "--port=0", *arguments, env=env)
    assert (ended.code, ended.stdout, sentence in ended.stderr) == (2, "", True), ended.stderr
    assert "Traceback" not in ended.stderr


async def test_several_queues_of_a_file_are_served_and_kept(tmp_path: Path) -> None:
    config, file = tmp_path / "sqsd.toml", tmp_path / "queues.db"
    async with RawWorker() as worker:
        config.write_text(
            f'[worker.web]\nurl = "http://127.0.0.1:{worker.port}/"\n'
            '[queue.orders]\nurl = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"\nworker = "web"\n'
            '[queue.mails]\nurl = "https://sqs.eu-central-1.amazonaws.com/123456789012/mails.fifo"\nworker = "web"\n'
            'path = "/mails"\n'
        )
        arguments = (f"-c{config}", f"--file={file}")
        async with dev(*arguments, state=tmp_path) as local:
            for queue in ("orders", "mails.fifo"):
                assert (await local.ask("/api/send", {"queue": queue, "body": "hi"}))[0] == 200
                await local.line(rf"{queue}  \w+  receive 1  200")
            await local.ask("/api/send", {"queue": "orders", "body": "kept", "delay": 2})
            assert (await local.interrupted()).code == 0
        async with dev(*arguments, state=tmp_path) as local:
            await local.line("orders  .* 200")
            await local.interrupted()
    assert sorted(request.partition(b" HTTP")[0] for request in worker.requests) == [
        b"POST /",
        b"POST /",
        b"POST /mails",
    ]


async def test_the_start_says_which_aws_cli_needs_the_endpoint_on_its_command_line(tmp_path: Path) -> None:
    async with dev(state=tmp_path) as local:
        assert 'AWS CLI 1, and 2 before 2.13: add --endpoint-url "$AWS_ENDPOINT_URL_SQS"' in local.greeting
        await local.interrupted()


async def test_without_a_worker_the_queue_serves_other_consumers(tmp_path: Path) -> None:
    async with dev("--hello", "--queue=orders", state=tmp_path) as local:
        boto = Boto(local.exports["AWS_ENDPOINT_URL_SQS"])
        received = await boto("receive_message", QueueUrl=local.exports["QUEUE_URL"])
        boto.close()
        assert received["Messages"][0]["Body"] == '{"hello": "world"}'
        assert (await local.interrupted()).code == 0


async def test_a_fault_that_is_on_does_not_keep_the_drain_from_ending(tmp_path: Path) -> None:
    async with RawWorker() as worker, dev(f"--invoker-url=:{worker.port}", state=tmp_path) as local:
        await local.ask("/api/switch", {"name": "fail-deletes", "on": True})
        await local.ask("/api/send", {"queue": "jobs", "body": "hi"})
        await local.line("receive 1  200")
        assert (await local.interrupted()).code == 0


async def test_a_paused_dev_keeps_messages_until_it_is_resumed(tmp_path: Path) -> None:
    async with RawWorker() as worker, dev(f"--invoker-url=:{worker.port}", state=tmp_path) as local:
        assert (await local.ask("/api/pause", {"on": True}))[0] == 200
        await local.ask("/api/send", {"queue": "jobs", "body": "hi", "delay": 1})
        await asyncio.sleep(2)
        assert worker.requests == []
        assert (await local.ask("/api/pause", {"on": False}))[0] == 200
        await local.line("receive 1  200")
        assert (await local.interrupted()).code == 0


async def test_another_site_can_neither_send_nor_read(tmp_path: Path) -> None:
    async with dev(state=tmp_path) as local:
        sending = {"queue": "jobs", "body": "hi"}
        for headers in (
            {"Origin": "http://evil.example"},
            {"Host": "evil.example:9325"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Content-Type": "text/plain"},
            {"X-Sqsd-Token": "guessed"},
        ):
            assert (await local.ask("/api/send", sending, headers))[0] == 403, headers
            if "Content-Type" not in headers:
                assert (await local.ask("/api/events", headers=headers))[0] == 403, headers
        assert (await local.ask("/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}))[0] == 200
        assert (await local.ask("/", headers={"Host": "evil.example"}))[0] == 403
        await local.interrupted()


async def test_a_request_that_makes_no_sense_is_answered_with_a_sentence(tmp_path: Path) -> None:
    async with dev(state=tmp_path) as local:
        for path, fields, status, sentence in (
            ("/api/send", {"queue": "jobs", "body": ""}, 400, "MessageBody"),
            ("/api/send", {"queue": "none", "body": "x"}, 400, "queue does not exist"),
            ("/api/send", [], 400, "JSON object"),
            ("/api/switch", {"name": "none", "on": True}, 404, "not there"),
            ("/api/delete", {"id": "none"}, 404, "not there"),
            ("/api/trigger", {"name": "none"}, 400, "no periodic task"),
            ("/api/torture", {"queue": "jobs", "body": "x"}, 400, "No worker receives from jobs"),
        ):
            answer = await local.ask(path, fields)
            assert (answer[0], sentence in answer[1]) == (status, True), (path, answer)
        assert (await local.ask("/api/messages/none"))[0] == 404
        assert (await local.ask("/page/../site.py"))[0] == 404
        await local.interrupted()


async def test_a_port_that_is_taken_is_named_with_the_option_to_change_it(tmp_path: Path) -> None:
    async with dev(state=tmp_path) as local:
        state = {"XDG_STATE_HOME": str(tmp_path)}
        for option, url in (("--page-port", local.page), ("--port", local.exports["AWS_ENDPOINT_URL_SQS"])):
            port = url.rstrip("/").rpartition(":")[2]
            ended = await run("dev", "--port=0", f"{option}={port}", env=state)
            sentence = f"127.0.0.1:{port}: another process listens there; choose another port with {option}"
            assert (ended.code, sentence in ended.stderr) == (2, True)
        await local.interrupted()


async def _go_away_in_a_long_poll(local: Dev) -> None:
    endpoint = local.exports["AWS_ENDPOINT_URL_SQS"]
    port = int(endpoint.rpartition(":")[2])

    def received() -> bool:
        with urlopen(f"{endpoint}/_calls", timeout=10) as answer:
            return "ReceiveMessage" in json.load(answer)

    _, writer = await asyncio.open_connection("127.0.0.1", port)
    call = "/000000000000/jobs?Action=ReceiveMessage&WaitTimeSeconds=20"
    writer.write(f"GET {call} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(received):
            pass
    writer.close()
    await writer.wait_closed()


async def _first_events(local: Dev) -> str:
    """The messages and the state that a new reader is told."""
    port = int(local.page.rstrip("/").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /api/events?token={local.token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    text = ""
    async with asyncio.timeout(10):
        while "does not answer" not in text and '"raised' not in text:
            text += (await reader.read(65_536)).decode()
    writer.close()
    await writer.wait_closed()
    return text


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if await reader.read(1):
        await reader.read(65_536)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    writer.close()
