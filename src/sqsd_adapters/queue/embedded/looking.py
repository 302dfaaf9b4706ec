"""Paths for people and tools that look at the server: its health, and messages without receiving them."""

import re
from collections.abc import Mapping
from uuid import uuid4

from aiohttp import web

from sqsd_adapters.queue.embedded.dialect import Dialect, Reply
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, invalid_address, queue_does_not_exist
from sqsd_adapters.queue.embedded.inspection import as_localstacks_json, localstacks_refusal, messages_of
from sqsd_adapters.queue.embedded.json_dialect import read_json
from sqsd_adapters.queue.embedded.query_fields import read_form
from sqsd_adapters.queue.embedded.requests import FORM, dialect_of, reply_with, wants_json
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs

MESSAGES = "/_aws/sqs/messages"
_NO_QUEUE_URL = re.compile(r"[a-z]+://[^/]*/[^/]*")  # an account and a name belong in its path
RECEIVE = "ReceiveMessage"


def looking_routes(sqs: EmbeddedSqs) -> list[web.RouteDef]:
    """``GET /_health``, and ``/_aws/sqs/messages`` as LocalStack has it."""

    async def health(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok", "queues": len(sqs.engine.queue_names())})

    async def messages(request: web.Request) -> web.StreamResponse:
        dialect, request_id = dialect_of(request), str(uuid4())
        try:
            options = await _options(request)
            answer = messages_of(sqs.engine, _queue_of(options), options, now=sqs.now())
        except SqsError as error:
            return reply_with(_refusal(request, dialect, error, request_id), request_id=request_id)
        return _response(request, dialect, answer, request_id)

    return [
        web.get("/_health", health),
        web.get(MESSAGES, messages),
        web.post(MESSAGES, messages),
        web.post(f"{MESSAGES}/", messages),
        web.get(MESSAGES + "/{region}/{account}/{queue}", messages),
    ]


async def _options(request: web.Request) -> Mapping[str, str]:
    options: dict[str, str] = {**request.query, **request.match_info}
    if "X-Amz-Target" in request.headers:
        asked = read_json(request.headers["X-Amz-Target"], await request.read())
    elif request.method == "POST" and request.content_type == FORM:
        asked = read_form((await request.read()).decode("utf-8", "replace"))
    else:
        return options
    if asked.operation not in {RECEIVE, ""}:
        raise SqsError(ErrorCode.INVALID_REQUEST, "This endpoint only accepts ReceiveMessage calls")
    return options | {name: value for name, value in asked.parameters.items() if isinstance(value, str)}


def _queue_of(options: Mapping[str, str]) -> str:
    url = options.get("QueueUrl", "")
    name = options.get("queue") or url.rpartition("/")[2]
    if not name:
        raise queue_does_not_exist()
    if "queue" not in options and _NO_QUEUE_URL.fullmatch(url):
        raise invalid_address(url)
    return name


def _response(request: web.Request, dialect: Dialect, answer: dict[str, object], request_id: str) -> web.Response:
    if _wants_json(request):
        reply = as_localstacks_json(answer, request_id=request_id)
    else:
        reply = dialect.answer(RECEIVE, answer, request_id=request_id)
    return reply_with(reply, request_id=request_id)


def _refusal(request: web.Request, dialect: Dialect, error: SqsError, request_id: str) -> Reply:
    if _wants_json(request):
        return localstacks_refusal(error, request_id=request_id)
    return dialect.refusal(error, request_id=request_id)


def _wants_json(request: web.Request) -> bool:
    return request.method == "GET" and wants_json(request)
