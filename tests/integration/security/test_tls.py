"""TLS to the worker: verified always, whatever the environment says; own authorities and client certificates work."""

from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.http.probe import HttpProbe
from sqsd_adapters.testing.raw_worker import RawWorker, body_of
from sqsd_adapters.transport.tls import SYSTEM_TRUST, Tls
from sqsd_core.outcome import Succeeded, Unavailable
from tests.integration.cli.conftest import House
from tests.support.certificates import Authority
from tests.support.command import command
from tests.support.http_invoker import Transport, invoker_for, message

pytestmark = pytest.mark.integration

#: what turns verification off elsewhere: in Python, Node, Go's and Ruby's tools, git, requests, the AWS command line
SWITCHES = {
    "PYTHONHTTPSVERIFY": "0",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "GIT_SSL_NO_VERIFY": "1",
    "SSL_VERIFY": "false",
    "SSL_NO_VERIFY": "1",
    "HTTPX_VERIFY": "0",
    "CURL_INSECURE": "1",
    "AWS_NO_VERIFY_SSL": "true",
}


async def outcome_over(transport: Transport, worker: RawWorker, tls: Tls) -> object:
    async with worker, invoker_for(transport, worker.url, tls=tls) as invoker:
        return await invoker.invoke(message("secret work"))


async def test_a_worker_of_an_untrusted_authority_is_unavailable_and_sees_nothing(
    transport: Transport, authority: Authority
) -> None:
    worker = RawWorker(tls=authority.server_context())
    outcome = await outcome_over(transport, worker, SYSTEM_TRUST)
    assert isinstance(outcome, Unavailable)
    assert "TLS failure" in outcome.reason
    assert worker.requests == []


async def test_a_worker_under_another_name_is_unavailable_and_sees_nothing(
    transport: Transport, authority: Authority
) -> None:
    worker = RawWorker(tls=authority.server_context("elsewhere.test"))
    outcome = await outcome_over(transport, worker, Tls(ca_file=str(authority.ca_file)))
    assert isinstance(outcome, Unavailable)
    assert "TLS failure" in outcome.reason
    assert worker.requests == []


async def test_another_authority_of_the_same_name_is_not_trusted(
    transport: Transport, authority: Authority, tmp_path: Path
) -> None:
    worker = RawWorker(tls=authority.server_context())
    namesake = Authority(tmp_path)
    assert isinstance(await outcome_over(transport, worker, Tls(ca_file=str(namesake.ca_file))), Unavailable)
    assert worker.requests == []


async def test_a_worker_that_speaks_plainly_where_tls_is_due_is_unavailable(
    transport: Transport, authority: Authority
) -> None:
    tls = Tls(ca_file=str(authority.ca_file))
    async with RawWorker() as worker:
        url = f"https://localhost:{worker.port}/jobs"
        async with invoker_for(transport, url, tls=tls, connect_timeout=0.2) as invoker:
            assert isinstance(await invoker.invoke(message()), Unavailable)
    assert worker.requests == []


async def test_our_authority_and_client_certificate_work(transport: Transport, authority: Authority) -> None:
    worker = RawWorker(tls=authority.server_context(ask_client=True))
    tls = Tls(ca_file=str(authority.ca_file), client_cert=str(authority.issue("sqsd")))
    assert await outcome_over(transport, worker, tls) == Succeeded()
    assert [body_of(request) for request in worker.requests] == [b"secret work"]


async def test_an_untrusted_worker_is_not_healthy(transport: Transport, authority: Authority) -> None:
    async with (
        RawWorker(tls=authority.server_context()) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0, method="GET") as exchange,
    ):
        assert not await HttpProbe(clock=SystemClock(), exchange=exchange, timeout=5.0).probe()
    assert worker.requests == []


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_a_daemon_delivers_nothing_to_a_worker_it_cannot_trust(
    house: House, authority: Authority, client: str
) -> None:
    async with RawWorker(tls=authority.server_context()) as worker:
        env = {**house.env, **SWITCHES, "INVOKER_URL": worker.url, "INVOKER_CLIENT": client, "BREAKER_FAILURES": "1"}
        house.queue.send("secret work")
        async with command(env=env) as daemon:
            opened = await daemon.until("breaker open, receiving stops")
            assert "TLS failure" in opened["reason"]
            await daemon.drained()
    assert worker.requests == []
    assert house.queue.bodies == ["secret work"]


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_a_daemon_uses_the_authority_and_the_certificate_of_its_configuration(
    house: House, authority: Authority, client: str
) -> None:
    certificate = str(authority.issue("sqsd"))
    async with RawWorker(tls=authority.server_context(ask_client=True)) as worker:
        env = {
            **house.env,
            "INVOKER_URL": worker.url,
            "INVOKER_HEALTHCHECK_URL": worker.url,
            "INVOKER_CLIENT": client,
            "INVOKER_CA_FILE": str(authority.ca_file),
            "INVOKER_CLIENT_CERT": certificate,
            "INVOKER_CLIENT_KEY": certificate,
        }
        house.queue.send("secret work")
        async with command(env=env) as daemon:
            await house.empty()
            assert (await daemon.drained()).code == 0
    assert [body_of(request) for request in worker.requests] == [b"", b"secret work"]
