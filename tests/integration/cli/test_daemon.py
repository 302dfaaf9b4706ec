"""The daemon as a process: from its environment, through messages, to its exit code."""

import asyncio
import json
import os
import signal
import socket
from pathlib import Path

import pytest

from sqsd_adapters.testing.raw_answers import stay_silent
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.integration.cli.conftest import House
from tests.support.certificates import Authority
from tests.support.command import ACCESS_KEY, CREDENTIALS, SECRET_KEY, command, run, until

pytestmark = pytest.mark.integration


async def test_messages_reach_the_worker_and_a_signal_ends_the_daemon_with_0(house: House) -> None:
    async with command(env=house.env) as daemon:
        await daemon.until("queue found")
        for body in ("one", "two 🙂", '{"three": 3}'):
            house.queue.send(body)
        await house.empty()
        ended = await daemon.drained()
    bodies = {request.partition(b"\r\n\r\n")[2].decode() for request in house.worker.requests}
    assert bodies == {"one", "two 🙂", '{"three": 3}'}
    assert (ended.code, ended.stderr) == (0, "")


async def test_every_line_of_the_log_is_an_object_with_an_event(house: House) -> None:
    async with command(env=house.env) as daemon:
        await daemon.until("queue found")
        ended = await daemon.drained()
    records = [json.loads(line) for line in ended.stdout.splitlines()]
    assert records[0]["event"] == "starting"
    assert records[0]["QUEUE_URL"] == house.queue_url
    assert records[-1]["event"] == "stopped"
    assert all({"ts", "level", "logger", "event"} <= set(record) for record in records)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_each_of_the_three_signals_drains(house: House, number: int) -> None:
    async with command("run", env=house.env) as daemon:
        await daemon.until("queue found")
        daemon.signal(number)
        assert (await daemon.ended()).code == 0


async def test_a_drain_that_cuts_jobs_ends_with_3(house: House) -> None:
    async with (
        RawWorker(stay_silent()) as worker,
        command(env={**house.env, "INVOKER_URL": worker.url, "DRAIN_TIMEOUT": "100ms"}) as daemon,
    ):
        house.queue.send("never done")
        await worker.until(lambda seen: bool(seen.requests))
        assert (await daemon.drained()).code == 3
    assert house.queue.visible == 1


async def test_a_second_signal_leaves_at_once(house: House) -> None:
    async with RawWorker(stay_silent()) as worker, command(env={**house.env, "INVOKER_URL": worker.url}) as daemon:
        house.queue.send("never done")
        await worker.until(lambda seen: bool(seen.requests))
        daemon.signal()
        await daemon.until("draining")
        daemon.signal()
        assert (await daemon.ended()).code == 3
    assert house.queue.visible == 1


async def test_nohup_keeps_a_hangup_away(house: House) -> None:
    async with command(env=house.env, prefix=["nohup"], stdin=asyncio.subprocess.DEVNULL) as daemon:
        await daemon.until("queue found")
        daemon.signal(signal.SIGHUP)
        house.queue.send("still here")
        await house.empty()
        assert (await daemon.drained()).code == 0


class TestEnvFile:
    async def test_aws_keys_in_it_reach_the_sdk_and_the_environment_wins(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / ".env"
        settings = {**house.env, "INVOKER_URL": "http://127.0.0.1:1/"}
        file.write_text("".join(f"export {name}='{value}'\n" for name, value in settings.items()))
        file.chmod(0o600)
        house.queue.send("hello")
        async with command("-e", str(file), env={"INVOKER_URL": house.worker.url}) as daemon:
            await house.empty()
            ended = await daemon.drained()
        assert ended.code == 0
        assert "env file is readable by others" not in ended.stdout

    @pytest.mark.parametrize(
        ("mode", "event"),
        [(0o644, "env file is readable by others"), (0o622, "env file is writable by others")],
    )
    async def test_one_that_others_may_read_or_write_is_warned_of(
        self, house: House, tmp_path: Path, mode: int, event: str
    ) -> None:
        file = tmp_path / ".env"
        file.touch()
        file.chmod(mode)
        for arguments in (["-e", str(file)], ["run", "-e", str(file)]):
            async with command(*arguments, env=house.env) as daemon:
                warning = await daemon.until(event)
                assert (warning["level"], warning["file"]) == ("warning", str(file))
                await daemon.drained()


@pytest.mark.parametrize("name", ["MONITORING_PORT", "PROBE_PORT"])
async def test_a_service_link_of_kubernetes_does_not_keep_the_pod_from_starting(house: House, name: str) -> None:
    house.queue.send("hello")
    # on an address of its own, as the monitor may listen on its default port
    env = {**house.env, name: "tcp://10.96.7.12:80", "MONITORING_HOST": "127.0.0.2"}
    async with command(env=env) as daemon:
        warning = await daemon.until("variable ignored")
        assert warning["variable"] == name
        assert "Kubernetes service link" in warning["reason"]
        await house.empty()
        assert (await daemon.drained()).code == 0


class TestWhatAPersonMustMend:
    async def test_a_taken_port_is_named(self, house: House) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for variable in ("MONITORING_PORT", "PROBE_PORT"):
                ended = await run(env={**house.env, variable: str(port)})
                assert ended.code == 2
                assert f"127.0.0.1:{port} is taken" in ended.stderr
                assert variable in ended.stderr
                assert "Traceback" not in ended.stderr + ended.stdout

    async def test_a_queue_that_does_not_exist_is_named(self, house: House) -> None:
        ended = await run(env={**house.env, "QUEUE_URL": house.queue_url.replace("/jobs", "/nowhere")})
        assert ended.code == 2
        assert "nowhere" in ended.stderr
        assert "Traceback" not in ended.stderr + ended.stdout

    async def test_missing_credentials_are_named(self, house: House) -> None:
        env = {name: value for name, value in house.env.items() if name not in CREDENTIALS}
        ended = await run(env={**env, "HOME": "/nowhere"})
        assert ended.code == 2
        assert "credentials" in ended.stderr
        assert "Traceback" not in ended.stderr + ended.stdout

    async def test_a_callable_that_is_not_there_is_named(self, house: House) -> None:
        env = {name: value for name, value in house.env.items() if name != "INVOKER_URL"}
        ended = await run(env={**env, "INVOKER": "nowhere:job"})
        assert ended.code == 2
        assert "nowhere" in ended.stderr
        assert "Traceback" not in ended.stderr + ended.stdout

    async def test_a_certificate_that_is_none_is_named(self, house: House, tmp_path: Path) -> None:
        file = tmp_path / "ca.pem"
        file.write_text("no certificate")
        ended = await run(env={**house.env, "INVOKER_URL": "https://localhost/", "INVOKER_CA_FILE": str(file)})
        assert ended.code == 2
        assert str(file) in ended.stderr
        assert "Traceback" not in ended.stderr + ended.stdout


async def test_an_endpoint_that_cannot_be_reached_is_not_fatal(house: House) -> None:
    async with command(env={**house.env, "QUEUE_URL": "http://127.0.0.1:1/000000000000/jobs"}) as daemon:
        assert (await daemon.until("GetQueueAttributes failed"))["level"] == "warning"
        assert (await daemon.drained()).code == 0


class TestJobsOfThisProcess:
    """INVOKER names a module that the test writes."""

    @staticmethod
    def env(house: House, directory: Path, source: str) -> dict[str, str]:
        (directory / "jobs.py").write_text(source)
        env = {name: value for name, value in house.env.items() if name != "INVOKER_URL"}
        return {**env, "INVOKER": "jobs:job", "PYTHONPATH": str(directory)}

    async def test_a_crash_ends_with_1_and_its_traceback_in_the_log(self, house: House, tmp_path: Path) -> None:
        source = (
            "class job:\n"
            "    async def __aenter__(self): raise RuntimeError('no luck')\n"
            "    async def __aexit__(self, *_): ...\n"
            "    async def invoke(self, message): ...\n"
        )
        ended = await run(env=self.env(house, tmp_path, source))
        assert ended.code == 1
        crash = json.loads(ended.stdout.splitlines()[-1])
        assert (crash["event"], crash["level"]) == ("crashed", "critical")
        assert crash["exception"].endswith("RuntimeError: no luck")

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    async def test_a_signal_during_start_up_ends_with_0(self, house: House, tmp_path: Path, number: int) -> None:
        started = tmp_path / "started"
        source = f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(60)\n"
        async with command(env=self.env(house, tmp_path, source)) as daemon:
            await until(started.exists)
            daemon.signal(number)
            assert (await daemon.ended()).code == 0

    async def test_a_thread_that_a_job_left_behind_does_not_keep_the_process(
        self, house: House, tmp_path: Path
    ) -> None:
        source = (
            "import threading\n"
            "def job(message):\n"
            "    threading.Thread(target=threading.Event().wait, daemon=False).start()\n"
        )
        async with command(env=self.env(house, tmp_path, source)) as daemon:
            house.queue.send("hello")
            await house.empty()
            daemon.signal()
            await daemon.until("stopped")
            await asyncio.sleep(0.5)
            daemon.signal()  # nothing is left that it could hurry
            ended = await daemon.ended()
        assert ended.code == 0
        assert "exiting while job threads still run" in ended.stdout


async def test_a_worker_must_be_healthy_before_the_first_receive(house: House, free_port: int) -> None:
    house.queue.send("hello")
    url = f"http://127.0.0.1:{free_port}/"
    env = {**house.env, "INVOKER_HEALTHCHECK_URL": url, "BREAKER_COOLDOWN": "50ms"}
    async with command(env=env) as daemon:
        await daemon.until("health check failed")
        await daemon.until("waiting for the worker's health check")
        assert house.queue.visible == 1
        healthy = await asyncio.start_server(_healthy, "127.0.0.1", free_port)
        async with healthy:
            await house.empty()
            assert (await daemon.drained()).code == 0


async def _healthy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_a_signal_while_waiting_for_the_worker_s_health_ends_with_0(house: House) -> None:
    async with command(env={**house.env, "INVOKER_HEALTHCHECK_URL": "http://127.0.0.1:1/"}) as daemon:
        await daemon.until("waiting for the worker's health check")
        assert (await daemon.drained()).code == 0


class TestLogSinks:
    """Row 30 of the fault matrix: work goes on, whatever becomes of the log."""

    async def test_a_log_that_nobody_reads_stops_no_work(self, house: House) -> None:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"\n" * 4_096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        async with command(env={**house.env, "LOG_LEVEL": "debug"}, stdout=writer) as daemon:
            os.close(writer)
            for number in range(100):
                house.queue.send(f"message {number}")
            await house.empty()
            ended = await daemon.drained()
        os.close(reader)
        assert (ended.code, len(house.worker.requests)) == (0, 100)

    async def test_a_log_whose_reader_is_gone_stops_no_work(self, house: House) -> None:
        reader, writer = os.pipe()
        async with command(env={**house.env, "LOG_LEVEL": "debug"}, stdout=writer) as daemon:
            os.close(writer)
            os.close(reader)
            house.queue.send("hello")
            await house.empty()
            ended = await daemon.drained()
        assert (ended.code, ended.stderr) == (0, "")

    async def test_a_full_disk_stops_no_work(self, house: House) -> None:
        full = os.open("/dev/full", os.O_WRONLY)
        async with command(env=house.env, stdout=full) as daemon:
            os.close(full)
            house.queue.send("hello")
            await house.empty()
            ended = await daemon.drained()
        assert (ended.code, ended.stderr) == (0, "")

    async def test_closed_streams_stop_no_work_and_get_no_log(self, house: House) -> None:
        shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
        async with command(env=house.env, prefix=shell) as daemon:
            house.queue.send("hello")
            await house.empty()
            ended = await daemon.drained()
        assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("client", ["http11", "httpx"])
@pytest.mark.parametrize("sqs_client", ["short", "aiobotocore"])
async def test_no_secret_and_no_message_appears_in_a_log_at_any_level(
    house: House, client: str, sqs_client: str
) -> None:
    secret, body = "hush-hush-hush", "a body that is nobody's business"
    env = {
        **house.env,
        "AWS_SESSION_TOKEN": secret,
        "INVOKER_URL": house.worker.url.replace("http://", f"http://user:{secret}@") + f"?key={secret}",
        "INVOKER_HEADERS": f"X-Key: {secret}",
        "INVOKER_CLIENT": client,
        "SQS_CLIENT": sqs_client,
        "REDIS_LOCKER_URL": f"redis://:{secret}@127.0.0.1:1",
        "MONITORING_PORT": "0",
        "MONITORING_TOKEN": secret,
        "LOG_LEVEL": "debug",
    }
    house.queue.send(body)
    async with command(env=env) as daemon:
        await house.empty()
        ended = await daemon.drained()
    said = ended.stdout + ended.stderr
    assert ended.code == 0
    assert f"X-Key: {secret}".encode() in house.worker.requests[0]
    assert "job done" in said
    for hidden in (secret, body, SECRET_KEY, "dXNlcjpodXNo"):
        assert hidden not in said
    assert ACCESS_KEY not in said


async def test_probes_are_answered(house: House, free_port: int) -> None:
    async with command(env={**house.env, "PROBE_PORT": str(free_port)}) as daemon:
        await daemon.until("queue found")
        reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        await writer.wait_closed()
        assert (await daemon.drained()).code == 0


class TestTasks:
    async def test_tasks_in_flight_are_shown_without_their_receipts(self, house: House, free_port: int) -> None:
        async with RawWorker(stay_silent()) as worker:
            env = {**house.env, "INVOKER_URL": worker.url, "DRAIN_TIMEOUT": "0s", "MONITORING_PORT": str(free_port)}
            async with command(env=env) as daemon:
                message_id = house.queue.send("never done")
                await worker.until(lambda seen: bool(seen.requests))
                by_variable = await run("tasks", env={"MONITORING_PORT": str(free_port)})
                by_address = await run("tasks", "--address", f"127.0.0.1:{free_port}")
                await daemon.drained()
        for shown in (by_variable, by_address):
            assert (shown.code, shown.stderr) == (0, "")
            heading, task, count = (line.strip() for line in shown.stdout.splitlines())
            assert heading.split() == ["RUNNING", "FOR", "MESSAGE", "QUEUE", "RECEIVE"]
            assert task.split()[1:] == [message_id, "jobs", "1"]
            assert count == "1 task in flight"

    async def test_tls_and_token_of_the_monitor_are_spoken(self, house: House, free_port: int, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        server, client = str(authority.issue("localhost")), str(authority.issue("client"))
        monitoring = {"MONITORING_PORT": str(free_port), "MONITORING_TOKEN": "hush"}
        tls = {"MONITORING_TLS_CERT": server, "MONITORING_TLS_KEY": server}
        env = {**house.env, **monitoring, **tls, "MONITORING_TLS_CLIENT_CA": str(authority.ca_file)}
        trusted = ["tasks", "--ca", str(authority.ca_file), "--cert", client, "--key", client]
        async with command(env=env) as daemon:
            await daemon.until("queue found")
            allowed = await run(*trusted, env=monitoring)
            refused = await run(*trusted, env={**monitoring, "MONITORING_TOKEN": "another"})
            plain = await run("tasks", env=monitoring)
            await daemon.drained()
        assert (allowed.code, allowed.stderr) == (0, "")
        assert (refused.code, plain.code) == (2, 1)
        assert "MONITORING_TOKEN" in refused.stderr
