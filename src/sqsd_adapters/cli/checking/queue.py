"""Whether SQS can be used: credentials, each right, the clock, the queue's attributes, other consumers."""

import asyncio
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.checking.consumers import elsewhere
from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.checking.memory import memory_limit
from sqsd_adapters.cli.checking.queue_attributes import findings
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.queue.sqs.queues import Asks, Queues, name_of, redrive_policy
from sqsd_adapters.queue.sqs.refusal import Refusal
from sqsd_core.errors import QueueError, QueueNotFound, QueueRefused, QueueUnavailable, SqsdError

TIMEOUT = 5.0  # seconds per call
NO_RECEIPT = "sqsd-check"  # a receipt handle of no message
TOO_MANY = 11  # messages per receive: SQS refuses it after it has looked at the caller's rights
TOO_LATE = 901  # seconds of delay: likewise
OFF = 10.0  # seconds; an answer's date has whole seconds, and takes a while to get here
REFUSED = 300.0  # seconds; AWS refuses signatures that are minutes off

#: by what the rights are called in a policy
_TRIED: Mapping[str, Mapping[str, Any]] = {
    "ReceiveMessage": {"MaxNumberOfMessages": TOO_MANY},
    "DeleteMessage": {"ReceiptHandle": NO_RECEIPT},
    "ChangeMessageVisibility": {"ReceiptHandle": NO_RECEIPT, "VisibilityTimeout": 0},
}
_SEND: Mapping[str, Any] = {"MessageBody": NO_RECEIPT, "DelaySeconds": TOO_LATE}

_SOURCES = {
    "assume-role": "an assumed role",
    "assume-role-with-web-identity": "the role of a web identity token",
    "config-file": "the SDK's configuration file",
    "container-role": "the container's endpoint",
    "env": "the environment",
    "iam-role": "the instance's role",
    "shared-credentials-file": "the SDK's credentials file",
    "sso": "single sign-on",
}


async def check_queue(settings: Settings, *, table: str = "") -> list[Finding]:
    """All that is known of the queue after a few calls that change nothing; ``table`` is its name in the file."""
    admin: Any = lazy("queue.sqs.admin:SqsAdmin")(
        clock=SystemClock(),
        url=settings.QUEUE_URL,
        region=settings.AWS_REGION,
        endpoint_url=settings.SQS_ENDPOINT_URL,
        timeout=TIMEOUT,
    )
    try:
        async with admin:
            return await _asked(admin, settings, table)
    except QueueUnavailable as error:
        return [stop("SQS", str(error), "check the network, a proxy and SQS_ENDPOINT_URL")]
    except SqsdError as error:
        return [stop("credentials", *_halves(str(error)))]


async def _asked(admin: Any, settings: Settings, table: str) -> list[Finding]:  # noqa: ANN401 - an SqsAdmin
    name = name_of(settings.QUEUE_URL)
    request = {"QueueUrl": settings.QUEUE_URL, "AttributeNames": ["All"]}
    try:
        answer = await admin.ask("GetQueueAttributes", request, queue=name)
    except Refusal:
        answer = {}  # the rights say which one is missing
    except QueueRefused as error:
        return [stop("queue" if isinstance(error, QueueNotFound) else "credentials", *_halves(str(error)))]
    attributes = answer.get("Attributes") or {}
    found = [ok("credentials", _SOURCES.get(admin.credentials_source, str(admin.credentials_source)))]
    found.append(await check_rights(admin, settings, can_describe=bool(attributes)))
    found += _clock(answer)
    if attributes:
        dead_letters = await _dead_letters(Queues(admin=admin), attributes)
        found += findings(attributes, settings, dead_letters=dead_letters, memory=memory_limit())
        found.append(await elsewhere(settings, attributes, queue=table))
    return found


async def check_rights(admin: Asks, settings: Settings, *, can_describe: bool) -> Finding:
    """Try each right that the settings need; ``can_describe`` says whether GetQueueAttributes was answered."""
    tried = dict(_TRIED) | ({"SendMessage": _SEND} if settings.CRON_FILE else {})
    denied = await asyncio.gather(*(_is_denied(admin, settings, name, fields) for name, fields in tried.items()))
    missing = [name for name, is_denied in zip(tried, denied, strict=True) if is_denied]
    missing += [] if can_describe else ["GetQueueAttributes"]
    if missing:
        rights = ", ".join(f"sqs:{name}" for name in missing)
        return stop("permissions", f"the credentials lack {rights}", f"allow {rights} on the queue")
    return ok("permissions", ", ".join(["GetQueueAttributes", *tried]))


async def _is_denied(admin: Asks, settings: Settings, operation: str, fields: Mapping[str, object]) -> bool:
    """Whether the right is missing; the request is one that SQS refuses for its form, so that it changes nothing."""
    try:
        await admin.ask(operation, {"QueueUrl": settings.QUEUE_URL, **fields}, queue=name_of(settings.QUEUE_URL))
    except Refusal as refusal:
        return refusal.is_denied
    except QueueError:
        return False
    return False


async def _dead_letters(queues: Queues, attributes: Mapping[str, str]) -> Mapping[str, str] | None:
    arn = redrive_policy(attributes).get("deadLetterTargetArn")
    if arn is None:
        return None
    try:
        return await queues.attributes(await queues.url_of(str(arn)))
    except QueueError:
        return None  # a daemon needs no right on it


def _clock(answer: Mapping[str, Any]) -> list[Finding]:
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return []
    difference = SystemClock().now() - theirs
    way = "ahead of" if difference > 0 else "behind"
    text = f"{abs(difference):.0f} s {way} SQS"
    if abs(difference) < OFF:
        return [ok("clock", "agrees with SQS")]
    fix = "set the clock of this machine (NTP): timedatectl set-ntp true"
    if abs(difference) < REFUSED:
        return [warn("clock", f"{text}: ages and waits in logs and metrics are wrong", fix)]
    return [stop("clock", f"{text}: AWS refuses signatures that are minutes off", fix)]


def _halves(sentence: str) -> tuple[str, str]:
    """What happened, and what to do: errors of the queue have both, with a semicolon or a colon between."""
    for separator in ("; ", "): "):
        what, found, todo = sentence.partition(separator)
        if found:
            return what + separator.strip("; :"), todo
    return sentence, "check the credentials, AWS_REGION and QUEUE_URL"
