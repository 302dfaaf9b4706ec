"""What the command says of its configuration, right or wrong, and in a crash: no secret."""

import json
from itertools import cycle
from pathlib import Path

import pytest

from tests.integration.security.hushed import SECRETS, environment, leaks
from tests.support.command import run

pytestmark = pytest.mark.integration

RIGHT = environment(queue_url="http://127.0.0.1:1/0/jobs", worker="localhost:1", redis="localhost:1", monitor_port=-1)
#: slips of the pen that bring a secret where none belongs, or tear it apart
WRONG = {
    "INVOKER_URL": [
        "http://user:hush-word/with-a-slash@worker/",
        "http://user:[hush-word]@worker/",
        "http://user:hush-word?@worker/",
        "http://user:hush-word#@worker/",
        "http://user:hush-word@worker\u2100/",
        "http://user:hush-word@worker:port/",
        "ftp://user:hush-word@worker/?key=hush-word",
        "user:hush-word@worker",
        "http://user:hush word@worker/",
    ],
    "INVOKER_HEADERS": ["hush-header", "X-Key: hush-header\x07", "Host: hush-header", '{"X-Key": "hush-header"'],
    "REDIS_LOCKER_URL": [
        "redis://:hush-redis/with-a-slash@localhost:6379",
        "redis://:[hush-redis]@localhost:6379",
        "redis://:hush-redis@localhost\u2100:6379",
        "http://:hush-redis@localhost",
        "redis://:hush-redis@localhost/none",
        "redis://:hush-redis@localhost?ssl_cert_reqs=none",
    ],
    "REDIS_LOCKER_HOST": ["redis://:hush-redis@localhost:6379", ":hush-redis@localhost:6379", "a:hush-redis@b"],
    "MONITORING_TOKEN": ["hush monitor", "hush-monitor\u00e9"],
    "QUEUE_URL": ["http://user:hush@localhost/1/jobs", "http://user:hush/@localhost/1/jobs"],
    "SQS_ENDPOINT_URL": ["http://user:hush@localhost", "http://user:hush/@localhost"],
}
#: all of a column at once, since every problem is named at once
COLUMNS = [
    {name: values[column] for name, values in WRONG.items() if column < len(values)}
    for column in range(max(map(len, WRONG.values())))
]


@pytest.mark.parametrize(("word", "slips"), list(zip(cycle(["run", "config"]), COLUMNS, strict=False)))
async def test_no_complaint_tells_a_secret(word: str, slips: dict[str, str]) -> None:
    ended = await run(word, env={**RIGHT, **slips})
    assert ended.code == 2
    assert leaks(ended.stdout + ended.stderr) == []
    assert "Traceback" not in ended.stderr


async def test_the_configuration_is_printed_without_its_secrets() -> None:
    ended = await run("config", env=RIGHT)
    assert (ended.code, leaks(ended.stdout + ended.stderr)) == (0, [])
    for variable in ("INVOKER_HEADERS", "REDIS_LOCKER_URL", "MONITORING_TOKEN"):
        assert f"{variable}=***  # environment\n" in ended.stdout
    assert "INVOKER_URL=http://***@localhost:1/jobs?***  # environment\n" in ended.stdout


async def test_a_broken_line_of_an_env_file_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("QUEUE_URL=memory://jobs\nMONITORING_TOKEN hush-monitor\n'hush\n")
    file.chmod(0o600)
    ended = await run("config", "-e", str(file))
    assert ended.code == 2
    assert "line" in ended.stderr
    assert leaks(ended.stdout + ended.stderr) == []


async def test_the_token_is_not_told_by_a_client_that_finds_no_daemon() -> None:
    ended = await run("tasks", "--address", "127.0.0.1:1", env={"MONITORING_TOKEN": SECRETS["MONITORING_TOKEN"]})
    assert (ended.code, leaks(ended.stdout + ended.stderr)) == (1, [])


async def test_a_crash_tells_no_secret(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(
        "class job:\n"
        "    async def __aenter__(self): raise RuntimeError('no luck')\n"
        "    async def __aexit__(self, *_): ...\n"
        "    async def invoke(self, message): ...\n"
    )
    env = {name: value for name, value in RIGHT.items() if name not in {"INVOKER_URL", "INVOKER_HEALTHCHECK_URL"}}
    ended = await run(env={**env, "INVOKER": "jobs:job", "PYTHONPATH": str(tmp_path)})
    assert ended.code == 1
    crash = json.loads(ended.stdout.splitlines()[-1])
    assert crash["exception"].endswith("RuntimeError: no luck")
    assert leaks(ended.stdout + ended.stderr) == []


async def test_a_crash_of_the_daemon_itself_tells_no_secret(tmp_path: Path) -> None:
    # sitecustomize is imported at the start of every Python process; it breaks what is about to run
    (tmp_path / "sitecustomize.py").write_text(
        "from sqsd_core import Daemon\n"
        "async def run(self):\n"
        "    raise RuntimeError(f'no luck with {self!r}, {vars(self)!r}')\n"
        "Daemon.run = run\n"
    )
    env = {name: value for name, value in RIGHT.items() if name != "INVOKER_HEALTHCHECK_URL"}
    ended = await run(env={**env, "PYTHONPATH": str(tmp_path)})
    assert ended.code == 1
    assert "no luck" in json.loads(ended.stdout.splitlines()[-1])["exception"]
    assert leaks(ended.stdout + ended.stderr) == []
