"""Opens the AWS SDK's client for one queue: region, endpoint, retries and time-outs, set explicitly."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.fast_json import read
from sqsd_adapters.queue.sqs.address import QueueAddress
from sqsd_adapters.queue.sqs.bounded import MAX_ANSWER, BoundedSession
from sqsd_adapters.queue.sqs.errors import AnswerTooLong
from sqsd_adapters.queue.sqs.wire import is_answer
from sqsd_core.limits import MAX_WAIT
from sqsd_core.version import __version__

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from types_aiobotocore_sqs import SQSClient

ATTEMPTS = 3  # the SDK bridges a blip; the long back-off is the core's
CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = MAX_WAIT + 10.0  # seconds; an empty long poll is silent for MAX_WAIT
USER_AGENT = f"sqsd/{__version__}"

_OK = 200
_NO_ANSWER = 300  # HTTP: from here on a status is no success, and the SDK raises it
_METADATA = "ResponseMetadata"  # the SDK's own part of an answer
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL")


@asynccontextmanager
async def open_client(
    address: QueueAddress,
    *,
    session: AioSession,
    region: str | None,
    endpoint_url: str | None,
    connections: int,
) -> AsyncIterator["SQSClient"]:
    """The client, until the context ends.

    Raises:
        ConfigurationError: the endpoint is no URL
        BotoCoreError: the region or the credentials cannot be found out
    """
    opening = session.create_client(
        "sqs",
        region_name=region or address.region,
        endpoint_url=endpoint_url or _own_endpoint(address),
        config=_config(address, connections, regional=not (endpoint_url or _environment_names_endpoint())),
    )
    async with AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(opening)
        except (BotoCoreError, UnicodeError):  # the latter from a source of credentials
            raise
        except ValueError as error:
            raise ConfigurationError(f"SQS_ENDPOINT_URL is not usable: {error}") from None
        client.meta.events.register("before-parse.sqs", _read_past_the_sdk)
        client.meta.events.register_first("needs-retry.sqs.ReceiveMessage", _give_up_silence)
        yield client


def _config(address: QueueAddress, connections: int, *, regional: bool) -> AioConfig:
    return AioConfig(
        http_session_cls=BoundedSession,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        max_pool_connections=connections,
        parameter_validation=False,  # our requests have one maker, wire.py
        user_agent=USER_AGENT,  # composing the SDK's own takes a sixth of each call
        use_fips_endpoint=(regional and address.fips) or None,
        use_dualstack_endpoint=(regional and address.dual_stack) or None,
    )


def _own_endpoint(address: QueueAddress) -> str | None:
    """None leaves it to the SDK; what the environment names goes before what the queue's URL suggests."""
    return None if _environment_names_endpoint() else address.origin


def _environment_names_endpoint() -> bool:
    return any(os.environ.get(variable) for variable in _ENDPOINT_VARIABLES)


def _give_up_silence(*, caught_exception: Exception | None, **_: object) -> None:
    """End a receive that was silent for longer than any long poll, as the short path does.

    The SDK would repeat it. That is a new receive, which nobody may want any more: a drain waits for the poll that is
    under way.
    """
    if isinstance(caught_exception, ReadTimeoutError):
        raise caught_exception


def _read_past_the_sdk(
    *,
    operation_model: "OperationModel",
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **_: object,
) -> None:
    """Hand over the answer's JSON as it is; the SDK's parser is left with nothing.

    It would refuse ten messages for one null, and take a web page with status 200 for an empty answer.
    """
    body, status = response_dict["body"], response_dict["status_code"]
    if len(body) >= MAX_ANSWER:
        raise AnswerTooLong
    if status >= _NO_ANSWER:
        return
    output = operation_model.output_shape
    if output is None and status == _OK and not body:  # PurgeQueue, SetQueueAttributes
        return
    shape = read(body)
    if shape is None:
        raise ResponseParserError
    shape.pop(_METADATA, None)
    if not is_answer(shape, frozenset() if output is None else frozenset(output.members)):
        raise ResponseParserError
    response_dict["body"] = b"{}"
    customized_response_dict.update(shape)
