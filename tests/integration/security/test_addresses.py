"""Row 10 and its kin: the configuration alone says where requests go, not an answer, a message or the environment."""

from pathlib import Path

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.http.probe import HttpProbe
from sqsd_adapters.testing.raw_answers import respond
from sqsd_adapters.testing.raw_worker import RawWorker, header_lines
from sqsd_core.outcome import Failed, Succeeded
from tests.integration.cli.conftest import House
from tests.support.command import command
from tests.support.http_invoker import Transport, invoker_for, message

pytestmark = pytest.mark.integration

REDIRECTS = [b"301 Moved", b"302 Found", b"303 See Other", b"307 Temporary", b"308 Permanent", b"300 Choices"]


def redirect(line: bytes, location: str) -> bytes:
    """An answer that points elsewhere in every way that a client might follow."""
    where = location.encode()
    fields = [b"Location: " + where, b"Refresh: 0; url=" + where, b"Content-Location: " + where]
    return b"\r\n".join([b"HTTP/1.1 " + line, *fields, b"Content-Length: 0", b"", b""])


@pytest.mark.parametrize("line", REDIRECTS)
@pytest.mark.parametrize("form", ["http://127.0.0.1:{}/latest/meta-data/", "//127.0.0.1:{}/latest/meta-data/"])
async def test_row_10_a_redirect_is_a_failure_and_its_target_never_contacted(
    transport: Transport, trap: RawWorker, line: bytes, form: str
) -> None:
    async with (
        RawWorker(respond(redirect(line, form.format(trap.port)))) as worker,
        invoker_for(transport, worker.url) as invoker,
    ):
        for _ in range(2):
            assert await invoker.invoke(message()) == Failed(f"status {line[:3].decode()}, redirects are not followed")
    assert len(worker.requests) == 2


@pytest.mark.parametrize("line", REDIRECTS)
async def test_row_10_a_health_check_does_not_follow_a_redirect(
    transport: Transport, trap: RawWorker, line: bytes
) -> None:
    async with (
        RawWorker(respond(redirect(line, trap.url))) as worker,
        transport(url=worker.url, connections=1, connect_timeout=5.0, method="GET") as exchange,
    ):
        assert not await HttpProbe(clock=SystemClock(), exchange=exchange, timeout=5.0).probe()
    assert len(worker.requests) == 1


async def test_row_10_a_redirect_to_the_metadata_service_itself_is_a_plain_failure(transport: Transport) -> None:
    answer = redirect(b"302 Found", "http://169.254.169.254/latest/meta-data/iam/security-credentials/")
    async with RawWorker(respond(answer)) as worker, invoker_for(transport, worker.url) as invoker:
        assert await invoker.invoke(message()) == Failed("status 302, redirects are not followed")


async def test_a_message_never_chooses_the_address(transport: Transport, trap: RawWorker) -> None:
    elsewhere = f"127.0.0.1:{trap.port}"
    names = ("beanstalk.sqsd.path", "X-Aws-Sqsd-Path", "Host", "X-Forwarded-Host", "Location", "INVOKER_URL")
    places = (f"http://{elsewhere}/", f"//{elsewhere}/", f"/@{elsewhere}/", f"@{elsewhere}", elsewhere, "\\\\..\\evil")
    async with RawWorker() as worker, invoker_for(transport, worker.url) as invoker:
        for place in places:
            assert await invoker.invoke(message(place, **dict.fromkeys(names, place))) == Succeeded()
    assert len(worker.requests) == len(places)
    for request in worker.requests:
        assert request.startswith(b"POST /jobs HTTP/1.1\r\n")
        assert b"Host: 127.0.0.1:%d" % worker.port in header_lines(request)


def misleading(trap: RawWorker, directory: Path) -> dict[str, str]:
    """An environment whose every proxy is the trap, with passwords for the worker in a netrc file."""
    netrc = directory / ".netrc"
    netrc.write_text("machine localhost login somebody password hush\ndefault login somebody password hush\n")
    netrc.chmod(0o600)
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "ftp_proxy"), f"http://127.0.0.1:{trap.port}")
    # SQS's endpoint is asked for by its number, and the AWS SDK may use a proxy; the worker is asked for by its name
    own = {"HOME": str(directory), "NETRC": str(netrc), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return {**proxies, **{name.upper(): value for name, value in proxies.items()}, **own}


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_a_daemon_goes_neither_through_a_proxy_nor_after_a_redirect_nor_shows_a_password_of_a_netrc_file(
    house: House, trap: RawWorker, tmp_path: Path, client: str
) -> None:
    worker = RawWorker(respond(redirect(b"307 Temporary", trap.url)), respond())
    healthy = RawWorker(respond(redirect(b"302 Found", trap.url)), respond())
    async with worker, healthy:
        env = {
            **house.env,
            **misleading(trap, tmp_path),
            "INVOKER_URL": f"http://localhost:{worker.port}/jobs",
            "INVOKER_HEALTHCHECK_URL": f"http://localhost:{healthy.port}/health",
            "INVOKER_CLIENT": client,
            "ERROR_VISIBILITY_TIMEOUT": "0s",
            "BREAKER_COOLDOWN": "10ms",
        }
        house.queue.send("hello")
        async with command(env=env) as daemon:
            await house.empty()
            ended = await daemon.drained()
    assert ended.code == 0
    counts = [line for each in worker.requests for line in header_lines(each) if b"Receive-Count" in line]
    assert counts == [b"X-Aws-Sqsd-Receive-Count: 1", b"X-Aws-Sqsd-Receive-Count: 2"]
    assert len(healthy.requests) == 2
    assert not any(b"authorization" in each.lower() for each in [*worker.requests, *healthy.requests])
