"""A socket that a test leaves open fails a test of that module."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
LEAKING = """
import socket

def test_that_leaves_a_socket_open():
    cycle = [socket.socket()]
    cycle.append(cycle)
"""


def test_a_socket_in_garbage_is_an_error(tmp_path: Path) -> None:
    module = tmp_path / "test_leaking.py"
    module.write_text(LEAKING)
    arguments = ["-c", str(ROOT / "pyproject.toml"), "-p", "tests.integration.conftest", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments, str(module)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "unclosed <socket" in ended.stdout
    assert "1 passed, 1 error" in ended.stdout
