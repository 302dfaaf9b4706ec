"""gRPC's core says nothing past our logs."""

import asyncio
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

#: A stranger speaks plain text to a monitor with TLS, which makes gRPC's core complain on stderr if it is let.
PROGRAM = """
import asyncio, sys
from pathlib import Path

from sqsd_adapters.monitor.grpc import GrpcMonitor
from sqsd_adapters.monitor.tls import MonitorTls
from tests.support.certificates import Authority
from tests.support.monitor import WatchedDaemon

async def main():
    pair = Authority(Path(sys.argv[1])).issue("localhost")
    async with GrpcMonitor(monitor=WatchedDaemon(), port=0, tls=MonitorTls(cert=pair, key=pair)) as monitor:
        reader, writer = await asyncio.open_connection("127.0.0.1", monitor.port)
        writer.write(b"GET / HTTP/1.1\\r\\n\\r\\n")
        await reader.read()
        writer.close()

asyncio.run(main())
"""


async def test_a_failed_handshake_of_a_stranger_leaves_stderr_empty(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path), stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await program.communicate()
    assert (program.returncode, stderr.decode()) == (0, "")
