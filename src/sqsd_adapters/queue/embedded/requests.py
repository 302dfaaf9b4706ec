"""Between aiohttp and the protocols: which one a request speaks, what it asks, and the answer as a response."""

from aiohttp import web

from sqsd_adapters.queue.embedded.dialect import Asked, Dialect, Reply
from sqsd_adapters.queue.embedded.errors import invalid_action
from sqsd_adapters.queue.embedded.json_dialect import JsonDialect, read_json
from sqsd_adapters.queue.embedded.query_dialect import QueryDialect
from sqsd_adapters.queue.embedded.query_fields import read_form
from sqsd_adapters.queue.embedded.query_json_dialect import CONTENT_TYPE as QUERY_JSON
from sqsd_adapters.queue.embedded.query_json_dialect import QueryJsonDialect

FORM = "application/x-www-form-urlencoded"
#: not valid at a queue's own URL
_OF_NO_QUEUE = frozenset({"CreateQueue", "ListQueues"})

_JSON = JsonDialect()
_QUERY = QueryDialect()
_QUERY_JSON = QueryJsonDialect()


def dialect_of(request: web.Request) -> Dialect:
    """JSON, unless the request is a GET or a form without JSON's header; a Query may ask for its answer in JSON."""
    if not _is_query(request):
        return _JSON
    return _QUERY_JSON if wants_json(request) else _QUERY


def wants_json(request: web.Request) -> bool:
    return QUERY_JSON in request.headers.get("Accept", "")


async def read(request: web.Request) -> Asked | None:
    """What a request asks for; None where it names no operation and is no call at all.

    Raises:
        SqsError: MalformedInput, InvalidAction.
    """
    if not _is_query(request):
        return read_json(request.headers.get("X-Amz-Target", ""), await request.read())
    body = await request.read() if request.method == "POST" else b""
    asked = read_form(request.rel_url.raw_query_string, body.decode("utf-8", "replace"))
    if not asked.operation:
        return None
    if request.path.count("/") > 1:
        if asked.operation in _OF_NO_QUEUE:
            raise invalid_action(asked.operation)
        # a call of a queue's own URL need not name the queue again
        asked.parameters.setdefault("QueueUrl", request.path)
    return asked


def reply_with(reply: Reply, *, request_id: str) -> web.Response:
    return web.Response(
        body=reply.body,
        status=reply.status,
        headers={"Content-Type": reply.content_type, "x-amzn-RequestId": request_id, **reply.headers},
    )


def _is_query(request: web.Request) -> bool:
    if "X-Amz-Target" in request.headers:
        return False
    return request.method == "GET" or request.content_type == FORM
