"""Row 28: the port of the monitor or the probes is taken, by another daemon."""

import asyncio
import socket

import pytest

from tests.support.command import command, run
from tests.support.stage import Stage

pytestmark = pytest.mark.integration


async def test_row_28_the_second_daemon_ends_with_2_and_names_the_port(stage: Stage) -> None:
    async with command(env={**stage.env, "MONITORING_PORT": "0", "PROBE_PORT": "0"}) as first:
        ports = {
            "MONITORING_PORT": (await first.until("monitor listening"))["port"],
            "PROBE_PORT": (await first.until("probes listening"))["port"],
        }
        seconds = await asyncio.gather(*(run(env={**stage.env, name: str(port)}) for name, port in ports.items()))
        for (variable, port), second in zip(ports.items(), seconds, strict=True):
            assert second.code == 2
            assert f"127.0.0.1:{port} is taken" in second.stderr
            assert variable in second.stderr
            # The first one is not harmed.
            socket.create_connection(("127.0.0.1", port)).close()
        assert (await first.drained()).code == 0
