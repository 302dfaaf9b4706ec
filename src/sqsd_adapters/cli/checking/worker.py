"""Whether the worker can be reached, at each of its addresses, and what it answers."""

import asyncio
import socket
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from sqsd_adapters.cli.assembly.arguments import headers, lazy
from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.durations import format_duration
from sqsd_adapters.monitor.address import is_loopback
from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.exchange import Answer, ExchangeError
from sqsd_core.version import __version__

LIMIT = 5.0  # seconds for an answer to a GET
CONNECT = 3.0  # seconds per address
SUCCESS = range(200, 300)
REDIRECTS = range(300, 400)
#: what a worker that takes only POST may answer to GET
POST_ONLY = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}

#: why an answer is no good, and what to do
_ADVICE = {
    401: ("it wants credentials", "set INVOKER_HEADERS='Authorization: …'"),
    403: (
        "it, or its middleware, refuses this caller (aws-sdk-rails admits callers on the same machine only)",
        "admit requests from this address in the worker, or run sqsd on the worker's machine",
    ),
    404: ("there is nothing at this path", "correct the path of INVOKER_HEALTHCHECK_URL"),
    405: ("it takes no GET here", "let the health check answer 2xx to GET, or use another path"),
    429: ("it is overloaded, or limits the rate of callers", "exempt sqsd from the rate limit"),
}


async def check_worker(settings: Settings) -> list[Finding]:
    """Ask the health check, or the worker itself, by GET: HTTP's method for a question that changes nothing."""
    url = settings.INVOKER_HEALTHCHECK_URL or settings.INVOKER_URL
    if url is None:
        return [ok("worker", f"INVOKER {settings.INVOKER} can be imported")]
    name = "health check" if settings.INVOKER_HEALTHCHECK_URL else "worker"
    variable = "INVOKER_HEALTHCHECK_URL" if settings.INVOKER_HEALTHCHECK_URL else "INVOKER_URL"
    try:
        answer = await _get(settings, url, limit=LIMIT)
    except ExchangeError as error:
        why = f"{Address.parse(url)} does not answer: {error}; nothing is received until it does"
        return [stop(name, why, f"start the worker, or correct {variable}")]
    except TimeoutError:
        return [warn(name, f"no answer within {LIMIT:g} s", "make the worker answer sooner, or check it by hand")]
    return [_judged(answer.status, url, is_health=settings.INVOKER_HEALTHCHECK_URL is not None, name=name)]


def _judged(status: int, url: str, *, is_health: bool, name: str) -> Finding:
    said = f"{_named(status)} for GET {Address.parse(url).target.decode()}"
    if status in SUCCESS:
        return ok(name, said)
    if status in POST_ONLY and not is_health:
        return ok(name, f"{said}, as from a worker that takes POST only")
    if status in REDIRECTS:
        hurts, fix = "sqsd follows no redirect", "use the URL that it redirects to"
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        hurts, fix = "it, or the proxy before it, fails", "look into the worker's log"
    else:
        hurts, fix = _ADVICE.get(status, ("it refuses the request", "look into the worker's log"))
    if is_health:
        return stop(name, f"{said}: {hurts}; the daemon waits for a 2xx before it receives", fix)
    return warn(name, f"{said}: {hurts}", fix)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


async def check_addresses(settings: Settings) -> list[Finding]:
    """Resolve the worker's name and connect to each of its addresses."""
    if settings.INVOKER_URL is None or (address := Address.parse(settings.INVOKER_URL)).socket_path is not None:
        return []
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        why = f"{address.host} has no address: {error.strerror or error}"
        return [stop("name", why, "correct the host in INVOKER_URL, or the name server of this machine")]
    hosts = list(dict.fromkeys(str(each[4][0]) for each in found))
    if len(hosts) == 1:
        return [] if _is_address(address.host) else [ok("name", f"{address.host} is {hosts[0]}")]
    failures = await asyncio.gather(*(_why_not(host, address.port) for host in hosts))
    return [_of_addresses(address.host, dict(zip(hosts, failures, strict=True)))]


def _of_addresses(name: str, failures: dict[str, str]) -> Finding:
    failed = [f"{host} ({reason})" for host, reason in failures.items() if reason]
    text = f"{name} has {len(failures)} addresses"
    if not failed:
        return ok("name", f"{text}, and all accept connections")
    if len(failed) < len(failures) and all(map(is_loopback, failures)):
        return ok("name", f"{text}; one accepts connections, which is enough here")
    return warn(
        "name",
        f"{text}, and {len(failed)} accept no connection: {', '.join(failed)}; each new connection may lose time there",
        "remove the dead addresses from the name, or start the workers behind them",
    )


async def _why_not(host: str, port: int) -> str:
    try:
        async with asyncio.timeout(CONNECT):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return "time-out"
    except OSError as error:
        return error.strerror.lower() if error.strerror and "[" not in error.strerror else "refused"
    writer.close()
    return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def check_time_limit(settings: Settings, url: str) -> list[Finding]:
    """See whether a proxy ends a request before INVOKER_TIMEOUT; ``url`` is one that takes longer than that."""
    limit, loop = settings.INVOKER_TIMEOUT, asyncio.get_running_loop()
    began = loop.time()
    try:
        answer = await _get(settings, url, limit=limit)
    except TimeoutError:
        return [ok("time limit", f"no proxy ends a request within INVOKER_TIMEOUT ({format_duration(limit)})")]
    except ExchangeError as error:
        said = f"the connection ended ({error})"
    else:
        said = _named(answer.status)
        if answer.status in SUCCESS:
            fix = "pass the URL of a handler that sleeps longer than INVOKER_TIMEOUT"
            return [warn("time limit", f"it answered {said} after {loop.time() - began:.1f} s: nothing is known", fix)]
    after = loop.time() - began
    sooner = max(1, int(after - 0.5))
    return [
        warn(
            "time limit",
            f"{said} after {after:.1f} s, before INVOKER_TIMEOUT ({format_duration(limit)}): a proxy ends the request "
            "early, the job goes on, and the message runs again",
            f"raise the proxy's limit above {format_duration(limit)}, or set INVOKER_TIMEOUT={sooner}s",
        )
    ]


async def _get(settings: Settings, url: str, *, limit: float) -> Answer:
    tls = lazy("transport.tls:Tls")(
        ca_file=settings.INVOKER_CA_FILE,
        client_cert=settings.INVOKER_CLIENT_CERT,
        client_key=settings.INVOKER_CLIENT_KEY,
    )
    exchange: Any = lazy("transport.http11:Http11Exchange")(
        method="GET", url=url, connections=1, connect_timeout=settings.INVOKER_CONNECT_TIMEOUT, tls=tls
    )
    given: Any = headers(settings)
    async with exchange:
        async with asyncio.timeout(limit):
            answer: Answer = await exchange.exchange([(b"User-Agent", f"aws-sqsd/{__version__}".encode()), *given], b"")
            return answer
