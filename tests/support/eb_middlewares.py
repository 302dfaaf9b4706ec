"""Stand-ins for three middlewares written for Elastic Beanstalk: what they accept and what they answer.

They repeat no code of those projects, only what a request must look like and which status answers it.
"""

import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

#: Rails takes a caller for a remote one if one of these names another address
FORWARDING = ("X-Forwarded-For", "Client-Ip", "Forwarded")
LOCAL = {"127.0.0.1", "::1"}
DIGEST_SECRET = b"the application's secret_key_base"
TASKNAME = "X-Aws-Sqsd-Taskname"


def aws_sdk_rails(*, jobs: list[str], capacity: int = 1_000) -> Handler:
    """ElasticBeanstalkSQSD of aws-sdk-rails 5.1; ``jobs`` are the names of those that ran."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if not request.headers.get("User-Agent", "").startswith("aws-sqsd"):
            return await _router(request)
        if not _is_local(request):
            return web.Response(status=403, text="untrusted address")
        task = request.headers.get(TASKNAME, "").strip() if request.path_qs == "/" else ""
        job = task or json.loads(await request.text())["job_class"]
        if not job.endswith("Job"):
            return web.Response(status=500, text="no such job")
        if len(jobs) >= capacity:
            return web.Response(status=429, text="no capacity")
        jobs.append(job)
        return web.Response(text="ran")

    return handle


def active_elastic_job(*, jobs: list[str]) -> Handler:
    """SqsMessageConsumer of active-elastic-job 3, with its default route of periodic tasks."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if not request.headers.get("User-Agent", "").startswith(("aws-sqsd", "sqsd")):
            return await _router(request)
        if not _is_local(request):
            return web.Response(status=403)
        if request.path_qs.startswith("/periodic_tasks"):
            jobs.append(request.headers[TASKNAME])
            return web.Response(text="OK")
        digest = request.headers.get("X-Aws-Sqsd-Attr-Message-Digest")
        if digest is None and request.headers.get("X-Aws-Sqsd-Attr-Origin") != "AEJ":
            return await _router(request)
        body = await request.read()
        if not hmac.compare_digest(digest or "", message_digest(body)):
            return web.Response(status=403)
        jobs.append(json.loads(body)["job_class"])
        return web.Response(text="OK")

    return handle


def laravel_aws_worker(*, jobs: list[str], handlers: dict[str, str]) -> Handler:
    """The two routes of dusterio/laravel-aws-worker; ``handlers`` are those of sqs-plain, by the queue's name."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/worker/schedule":
            if await request.read():
                return web.Response(status=500, text="a periodic task has no body")
            jobs.append(request.headers[TASKNAME])
            return web.json_response({"code": 200})
        if request.path != "/worker/queue":
            return await _router(request)
        try:
            job = json.loads(await request.text())
        except ValueError:
            return web.Response(status=500, text="malformed request")
        plain = handlers.get(request.headers["X-Aws-Sqsd-Queue"].rpartition("/")[2], "default")
        attempt = int(request.headers["X-Aws-Sqsd-Receive-Count"])
        jobs.append(f"{job['job'] if 'job' in job and 'data' in job else plain} {attempt}")
        return web.json_response({"message": [f"Processed {request.headers['X-Aws-Sqsd-Msgid']}"], "code": 200})

    return handle


def message_digest(body: bytes) -> str:
    """What active-elastic-job puts into the attribute ``message-digest``."""
    return hmac.digest(DIGEST_SECRET, body, "sha1").hex()


def behind_a_proxy(handler: Handler) -> Handler:
    """Let the caller look like one from another machine."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await handler(request.clone(headers={**request.headers, "X-Forwarded-For": "203.0.113.7"}))

    return handle


@asynccontextmanager
async def served(handler: Handler, path: str = "/") -> AsyncIterator[str]:
    """Listen on a free loopback port; yields the URL of ``path``."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{quote(path)}"
    finally:
        await runner.cleanup()


async def _router(request: web.BaseRequest) -> web.StreamResponse:
    """The application behind the middleware, which has no route for this."""
    return web.Response(status=404)


def _is_local(request: web.BaseRequest) -> bool:
    return request.remote in LOCAL and not any(name in request.headers for name in FORWARDING)
