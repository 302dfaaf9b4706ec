"""What the running daemon imports and collects: memory, start-up and time are paid for what is of use alone."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

#: dependency_injector imports FastAPI where it is installed, as it is for the tests of an example
PROGRAM = """
import atexit, gc, sys
sys.modules["fastapi"] = None
atexit.register(lambda: print("collected after", gc.get_threshold()[0], "imported", *sys.modules))
from sqsd_adapters.cli.main import main
main()
"""

#: an alternative that was not chosen, another command's, a test's; without the packages that the SDK brings itself
UNUSED = {
    *("aiohttp.web", "boto3", "cronsim", "opentelemetry", "prometheus_client", "redis"),
    *("sqsd_adapters.lock_store.redis", "sqsd_adapters.queue.embedded", "sqsd_adapters.transport.httpx"),
    *("sqsd_adapters.cli.checking", "sqsd_adapters.cli.dlq.redrive", "sqsd_adapters.queue.sqs.admin"),
    *("sqsd_adapters.cli.config", "sqsd_adapters.cli.settings.table", "sqsd_adapters.cli.watch.tasks"),
    *("sqsd_adapters.monitor.client", "sqsd_adapters.monitor.probes", "sqsd_adapters.testing"),
    *("sqsd_adapters.observer.ecs", "sqsd_adapters.observer.otel", "sqsd_adapters.observer.systemd"),
}


@pytest.fixture(scope="module")
def said() -> str:
    """What a daemon that ran with everything as it is by default printed at its end."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "QUEUE_URL": "http://127.0.0.1:9/123456789012/jobs",
        "AWS_REGION": "eu-west-1",
        "INVOKER_URL": "http://127.0.0.1:9/",
        "MONITORING_PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as daemon:
        assert daemon.stdout is not None
        try:
            seen = next((line for line in daemon.stdout if "monitor listening" in line), None)
            daemon.terminate()
            rest, _ = daemon.communicate(timeout=30)
        finally:
            daemon.kill()
    assert seen is not None, rest
    return rest


def test_messages_in_flight_do_not_start_a_collection_of_garbage_each_moment(said: str) -> None:
    assert "collected after 50000 " in said


def test_the_daemon_imports_nothing_that_it_does_not_use(said: str) -> None:
    imported = set(said.rpartition("imported ")[2].split())
    assert {"aiobotocore.session", "grpc.aio", "sqsd_adapters.transport.http11"} <= imported
    assert imported & UNUSED == set()
