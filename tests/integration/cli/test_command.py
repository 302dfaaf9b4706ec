"""The command as a process: what it says, and how it ends."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sqsd_core.version import __version__
from tests.support.command import command, run

pytestmark = pytest.mark.integration

HEAVY = {"botocore", "aiobotocore", "grpc", "httpx", "httptools", "redis", "pydantic", "dependency_injector"}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_a_question_is_answered_without_importing_what_is_heavy(argument: str) -> None:
    program = (
        "import sys\n"
        "from sqsd_adapters.cli.main import main\n"
        f"sys.argv = ['sqsd', {argument!r}]\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print('imported', *{name.partition('.')[0] for name in sys.modules})\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    imported = answer.stdout.rpartition("imported ")[2].split()
    assert "typer" in imported
    assert HEAVY & set(imported) == set()


async def test_the_version_is_shown() -> None:
    ended = await run("--version")
    assert (ended.code, ended.stderr) == (0, "")
    assert re.fullmatch(r"sqsd \d+\.\d+\.\d+\n", ended.stdout)


async def test_help_names_the_commands() -> None:
    ended = await run("--help")
    assert ended.code == 0
    assert all(name in ended.stdout for name in ("run", "config", "tasks", "--env-file"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_shell_completion_is_generated(shell: str) -> None:
    ended = await run(env={"_SQSD_COMPLETE": f"source_{shell}"})
    assert ended.code == 0
    assert "_SQSD_COMPLETE" in ended.stdout


async def test_completion_of_a_command_reads_no_configuration() -> None:
    ended = await run(env={"_SQSD_COMPLETE": "complete_bash", "COMP_WORDS": "sqsd ta", "COMP_CWORD": "1"})
    assert "tasks" in ended.stdout


@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["nonsense"], ["run", "--nonsense"], ["-e"], ["help", "nonsense"]]
)
async def test_misuse_is_one_line_and_ends_with_2(arguments: list[str]) -> None:
    ended = await run(*arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("sqsd: ")
    assert ended.stderr.count("\n") == 1


async def test_misuse_names_what_was_probably_meant() -> None:
    ended = await run("status", "--adress", "host")
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == "sqsd: no such option: --adress; did you mean --address? See `sqsd status --help`\n"


@pytest.mark.parametrize("arguments", [[], ["run"], ["config"]])
async def test_a_bad_configuration_ends_with_2_and_every_problem(arguments: list[str]) -> None:
    ended = await run(*arguments, env={"INVOKER_TIMEOUT": "60x", "INVOKER_HEADERS": "hush", "LOG_LEVEL": "loud"})
    assert ended.code == 2
    assert ended.stderr.startswith("sqsd: the configuration has 5 problems:\n")
    named = re.findall(r"^  ([A-Z_]+)", ended.stderr, re.MULTILINE)
    assert named == ["QUEUE_URL", "INVOKER", "INVOKER_TIMEOUT", "INVOKER_HEADERS", "LOG_LEVEL"]
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stderr + ended.stdout


async def test_config_prints_effective_settings_with_their_origin(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("QUEUE_URL=memory://jobs\nINVOKER_URL=http://worker/\nLOG_LEVEL=error\n", encoding="utf-8")
    for arguments in (["-e", str(file), "config"], ["config", "--env-file", str(file)]):
        ended = await run(*arguments, env={"LOG_LEVEL": "debug", "INVOKER_TIMOUT": "1s"})
        assert ended.code == 0
        assert f"INVOKER_URL=http://worker/  # file {file}\n" in ended.stdout
        assert "LOG_LEVEL=debug  # environment\n" in ended.stdout
        assert "unknown variable INVOKER_TIMOUT: did you mean INVOKER_TIMEOUT?\n" in ended.stderr
        assert ended.stdout.splitlines()[-1].startswith("# OK")


async def test_an_empty_variable_of_the_environment_unsets_that_of_the_env_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("QUEUE_URL=memory://jobs\nINVOKER_URL=http://worker/\n", encoding="utf-8")
    ended = await run("-e", str(file), "config", env={"INVOKER_URL": "", "INVOKER": "os.path:basename"})
    assert (ended.code, "INVOKER_URL=''  # not set\n" in ended.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [[], ["config"]])
async def test_every_problem_beyond_the_values_ends_with_2(arguments: list[str], tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    env = {"QUEUE_URL": "memory://jobs", "INVOKER": "nowhere:job", "INVOKER_HEALTHCHECK_URL": "https://worker/"}
    ended = await run(*arguments, env={**env, "INVOKER_CA_FILE": str(file), "MONITORING_PORT": "-1"})
    assert ended.code == 2
    assert "sqsd: the configuration has 2 problems:\n  INVOKER=nowhere:job: " in ended.stderr
    assert str(file) in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


async def test_config_prints_the_table_of_variables() -> None:
    ended = await run("config", "--table")
    assert ended.code == 0
    assert "| `QUEUE_URL` | required |" in ended.stdout


@pytest.mark.parametrize("arguments", [["-e", "missing"], ["run", "-e", "missing"], ["config", "-e", "missing"]])
async def test_a_missing_env_file_ends_with_2(arguments: list[str]) -> None:
    ended = await run(*arguments)
    assert ended.code == 2
    assert ended.stderr == "sqsd: env file missing: No such file or directory\n"


async def test_tasks_without_a_daemon_end_with_1() -> None:
    ended = await run("tasks", "--address", "127.0.0.1:1")
    assert ended.code == 1
    assert "no daemon listens at 127.0.0.1:1" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_signal_ends_a_command_that_is_no_daemon_in_the_usual_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        async with command("tasks", "--address", f"127.0.0.1:{silent.getsockname()[1]}") as tasks:
            connection, _ = await asyncio.get_running_loop().sock_accept(silent)
            with connection:
                tasks.signal(signal.SIGTERM)
                assert (await tasks.ended()).code == -signal.SIGTERM


def test_the_installed_command_is_this_one() -> None:
    sqsd = Path(sys.executable).with_name("sqsd")
    answer = subprocess.run([sqsd, "--version"], capture_output=True, text=True, timeout=30, check=True)
    assert answer.stdout == f"sqsd {__version__}\n"
