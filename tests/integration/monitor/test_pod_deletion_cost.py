"""The script of docs/deploy.md that tells Kubernetes how many jobs a pod runs."""

import asyncio
import os
import re
import sys
import textwrap
from pathlib import Path

import pytest

from sqsd_adapters.monitor.probes import Probes
from tests.support.monitor import WatchedDaemon, task

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs" / "deploy.md"
SCRIPT = re.compile(r"^ *```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)

WGET = f"""#!{sys.executable}
import sys
from urllib.request import urlopen
print(urlopen(sys.argv[-1], timeout=10).read().decode(), end="")
"""
ONCE = """#!/bin/sh
mkdir "$(dirname "$0")/slept" 2>/dev/null
"""
KUBECTL = """#!/bin/sh
echo "$@" > "$(dirname "$0")/asked"
"""


def script(port: int) -> str:
    (found,) = [each for each in SCRIPT.findall(PAGE.read_text()) if "pod-deletion-cost" in each]
    assert ":8081/" in found
    return textwrap.dedent(found).replace(":8081/", f":{port}/")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Programs that the script calls: one round of it, and a kubectl that notes what it is asked for."""
    for name, text in (("wget", WGET), ("sleep", ONCE), ("kubectl", KUBECTL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("jobs", [0, 2])
async def test_the_cost_of_a_pod_is_the_number_of_its_running_jobs(programs: Path, jobs: int) -> None:
    daemon = WatchedDaemon(*(task(f"m-{number}") for number in range(jobs)))
    async with Probes(monitor=daemon, port=0) as probes:
        env = {"PATH": f"{programs}:{os.environ['PATH']}", "POD": "my-worker-x"}
        process = await asyncio.create_subprocess_exec("sh", "-c", script(probes.port), env=env)
        async with asyncio.timeout(20):
            await process.wait()
    asked = (programs / "asked").read_text().strip()
    assert asked == f"annotate pod my-worker-x --overwrite controller.kubernetes.io/pod-deletion-cost={jobs}"
