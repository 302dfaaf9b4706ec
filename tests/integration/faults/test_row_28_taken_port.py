"""Row 28: the port of the monitor or the probes is taken, by another daemon."""

import socket

import pytest

from tests.support.command import command, run
from tests.support.stage import Stage

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("variable", "listening"), [("MONITORING_PORT", "monitor listening"), ("PROBE_PORT", "probes listening")]
)
async def test_row_28_the_second_daemon_ends_with_2_and_names_the_port(
    stage: Stage, variable: str, listening: str
) -> None:
    async with command(env={**stage.env, variable: "0"}) as first:
        port = (await first.until(listening))["port"]
        second = await run(env={**stage.env, variable: str(port)})
        assert second.code == 2
        assert f"127.0.0.1:{port} is taken" in second.stderr
        assert variable in second.stderr
        # The first one is not harmed.
        socket.create_connection(("127.0.0.1", port)).close()
        assert (await first.drained()).code == 0
