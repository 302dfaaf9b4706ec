"""A package of others, with a lock store, an entry point and tests of its own, against the wheel of sqsd; no index."""

import asyncio
import os
import shutil
import site
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[3]
PROJECT = ROOT / "examples" / "acme-locks"


async def run(*command: object, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end, and return its output; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, f"{command}:\n{output}"
    return output


async def wheel(project: Path, directory: Path) -> Path:
    await run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory, cwd=project)
    return wheel_in(directory)


def wheel_in(directory: Path) -> Path:
    return next(directory.glob("*.whl"))


@pytest.fixture
async def project(tmp_path: Path) -> Path:
    """A copy of the project, with an environment of its own in ``.venv``."""
    copy = tmp_path / "acme-locks"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    wheels = await asyncio.gather(wheel(ROOT, tmp_path / "sqsd"), wheel(copy, tmp_path / "acme"))
    venv = copy / ".venv"
    await run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=copy)
    # The dependencies are those of this environment. Its own .pth files are not read, so sqsd is the wheel's.
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    python = venv / "bin" / "python"
    install = ("uv", "pip", "install", "--offline", "--no-index", "--no-deps", "--python", python)
    await run(sys.executable, "-m", *install, *wheels, cwd=copy)
    return copy


async def test_a_package_with_a_lock_store_passes_its_own_tests_and_strict_types(project: Path) -> None:
    python = project / ".venv" / "bin" / "python"
    where = await run(python, "-c", "import sqsd, sqsd_core; print(sqsd.__file__, sqsd_core.__file__)", cwd=project)
    assert all(Path(file).is_relative_to(project) for file in where.split())

    async with asyncio.TaskGroup() as group:
        tests = group.create_task(run(python, "-m", "pytest", "-q", "tests", cwd=project))
        group.create_task(
            run(sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "src", "tests", cwd=project)
        )
    assert "passed" in tests.result()


async def test_the_settings_of_the_package_are_shown_and_their_problems_named(project: Path) -> None:
    env = {"QUEUE_URL": "memory://jobs", "INVOKER_URL": "http://127.0.0.1:9/", "LOCKER": "acme"}
    sqsd = (project / ".venv" / "bin" / "python", "-m", "sqsd_adapters", "config")
    shown = await run(*sqsd, cwd=project, env={**env, "ACME_LOCKS_PATH": str(project / "locks.json")})
    assert f"ACME_LOCKS_PATH={project / 'locks.json'}  # environment" in shown
    assert "ACME_LOCKS_TIMEOUT=0.5  # default" in shown
    with pytest.raises(AssertionError, match="ACME_LOCKS_PATH: not set"):
        await run(*sqsd, cwd=project, env=env)
