"""The program that sends and consumes ends by itself, and has done everything."""

import subprocess
import sys
from pathlib import Path

from examples.one_process import main
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing import in_virtual_time


@in_virtual_time
async def test_what_is_sent_is_done() -> None:
    assert sorted(await main(orders=5)) == [f"order {number}" for number in range(5)]
    assert EmbeddedQueue.named("orders").is_empty


def test_the_program_ends_by_itself() -> None:
    program = Path(__file__).parent / "one_process.py"
    ended = subprocess.run([sys.executable, program], capture_output=True, check=True, text=True, timeout=30)  # noqa: S603 - our own
    assert "order 2" in ended.stdout
