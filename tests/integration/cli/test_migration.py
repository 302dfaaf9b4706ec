"""Environment files of other daemons, used as they are."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import House
from tests.support.command import CREDENTIALS, command, run

pytestmark = pytest.mark.integration

#: the file of the README of taiyoh/sqsd 2, whose queue is in the oldest form of a URL; the worker's address is ours
ENV_OF_VERSION_2 = """\
INVOKER_URL={worker}
QUEUE_URL=https://queue.amazonaws.com/80398EXAMPLE/jobs
# INVOKER_TIMEOUT=60s # default
# LOG_LEVEL=info # default
"""

#: every variable of taiyoh/sqsd 2
WHOLE_ENV_OF_VERSION_2 = """\
export INVOKER_URL="http://local.example.com/setup/your/worker/path"
QUEUE_URL='https://ap-northeast-1.queue.amazonaws.com/80398EXAMPLE/MyQueue'
INVOKER_TIMEOUT=1m30s # as Go writes it
UNLOCK_INTERVAL=1m
LOCK_EXPIRE=24h
FETCHER_WAIT_TIME=1s
FETCHER_PARALLEL_COUNT=2
INVOKER_PARALLEL_COUNT=8

MONITORING_PORT=6969
LOG_LEVEL=WARN
AWS_REGION=ap-northeast-1
SQS_ENDPOINT_URL=http://localhost:9324
REDIS_LOCKER_HOST=localhost:6379
REDIS_LOCKER_DBNAME=0
REDIS_LOCKER_KEYNAME=sqsd-locker
"""


def env_file(folder: Path, text: str) -> str:
    path = folder / ".env"
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


async def test_the_env_file_of_taiyoh_sqsd_2_runs_unchanged(house: House, tmp_path: Path) -> None:
    path = env_file(tmp_path, ENV_OF_VERSION_2.format(worker=house.worker.url))
    emulator = house.queue_url.partition("/000000000000")[0]
    env = {**CREDENTIALS, "SQS_ENDPOINT_URL": emulator, "MONITORING_PORT": "-1", "FETCHER_WAIT_TIME": "1s"}
    async with command("-e", path, env=env) as daemon:
        await daemon.until("queue found")
        house.queue.send("hello")
        await house.empty()
        ended = await daemon.drained()
    assert (ended.code, ended.stderr) == (0, "")
    assert len(house.worker.requests) == 1


async def test_every_variable_of_taiyoh_sqsd_2_is_understood(tmp_path: Path) -> None:
    ended = await run("config", "-e", env_file(tmp_path, WHOLE_ENV_OF_VERSION_2))
    assert (ended.code, ended.stderr) == (0, "")
    shown = dict(line.partition("  # ")[0].split("=", 1) for line in ended.stdout.splitlines() if "=" in line)
    assert (shown["INVOKER_TIMEOUT"], shown["LOG_LEVEL"], shown["LOCKER"]) == ("1m30s", "warning", "redis")
    assert ended.stdout.rstrip().endswith("# OK")


async def test_version_1_0_is_told_the_new_name_of_the_time_limit(tmp_path: Path) -> None:
    text = ENV_OF_VERSION_2.format(worker="http://127.0.0.1:8080/") + "DEFAULT_INVOKER_TIMEOUT=90s\n"
    ended = await run("config", "-e", env_file(tmp_path, text))
    assert ended.code == 0
    assert "DEFAULT_INVOKER_TIMEOUT: did you mean INVOKER_TIMEOUT?" in ended.stderr


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "SQSD_QUEUE_REGION=us-east-1\nSQSD_QUEUE_URL=http://queue.url/1/jobs\nSQSD_HTTP_URL=http://service.url/\n",
            {"SQSD_QUEUE_REGION": "AWS_REGION", "SQSD_QUEUE_URL": "QUEUE_URL", "SQSD_HTTP_URL": "INVOKER_URL"},
        ),
        (
            "SQS_QUEUE_URL=http://queue.url/1/jobs\nWORKER_DESTINATION_URL=http://service.url/\n",
            {"SQS_QUEUE_URL": "QUEUE_URL", "WORKER_DESTINATION_URL": "INVOKER_URL"},
        ),
    ],
    ids=["simple-sqsd", "taiyoh/sqsd 0.10"],
)
async def test_an_env_file_with_other_names_is_refused_with_ours(
    tmp_path: Path, text: str, names: dict[str, str]
) -> None:
    ended = await run("-e", env_file(tmp_path, text))
    assert ended.code == 2
    for name, ours in names.items():
        assert f"unknown variable {name}: did you mean {ours}?" in ended.stderr
