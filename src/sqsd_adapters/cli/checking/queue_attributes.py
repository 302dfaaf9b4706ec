"""Whether the queue's attributes fit the settings; pure."""

import json
import shlex
from collections.abc import Iterator, Mapping

from sqsd_adapters.cli.checking.finding import Finding, ok, warn
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.durations import format_duration
from sqsd_adapters.queue.sqs.address import QueueAddress
from sqsd_adapters.queue.sqs.queues import redrive_policy

IN_FLIGHT = 120_000  # SQS: messages in flight per queue, standard and FIFO
NEARLY = 0.8  # of the quota
FEW = 3  # receives: an outage of the worker may cost two
GOOD = 5  # receives that we recommend
SHORT = 10.0  # seconds of VISIBILITY_TIMEOUT
LONGEST_KEPT = "1209600"  # SQS: seconds, 14 days
KIB = 1_024
SHARE = 0.5  # of the memory, which messages may take before it is worth a word

Attributes = Mapping[str, str]


def findings(
    attributes: Attributes, settings: Settings, *, dead_letters: Attributes | None, memory: int | None = None
) -> Iterator[Finding]:
    """All findings.

    Args:
        attributes: those of the queue
        settings: of the daemon
        dead_letters: the attributes of the dead-letter queue; None where they are not known
        memory: bytes that the daemon may use; None where that is not known
    """
    yield _redrive(attributes, settings)
    yield from _dead_letters(attributes, dead_letters, settings)
    yield _visibility(settings)
    yield _retention(attributes, settings)
    yield _encryption(attributes, settings)
    yield from _size(attributes, settings, memory)
    yield _quota(attributes, settings)


def set_attributes(settings: Settings, attributes: Mapping[str, str], *, name: str = "") -> str:
    """The command that sets them, ready to copy; ``name`` is another queue of the same account and region."""
    url = f"{settings.QUEUE_URL.rpartition('/')[0]}/{name}" if name else settings.QUEUE_URL
    origin = settings.SQS_ENDPOINT_URL or QueueAddress.parse(settings.QUEUE_URL).origin
    endpoint = f" --endpoint-url {shlex.quote(origin)}" if origin else ""
    given = shlex.quote(json.dumps(attributes))
    return f"aws sqs set-queue-attributes{endpoint} --queue-url {shlex.quote(url)} --attributes {given}"


def _redrive(attributes: Attributes, settings: Settings) -> Finding:
    policy = redrive_policy(attributes)
    if not policy:
        return warn(
            "redrive policy",
            "none: a message that never succeeds comes back until SQS deletes it",
            "create a dead-letter queue, and put its ARN in the place of DLQ_ARN:\n"
            + set_attributes(settings, _policy("DLQ_ARN")),
        )
    count, target = _count(policy), str(policy.get("deadLetterTargetArn"))
    if count < FEW:
        hurts = "a single failure is final" if count == 1 else "an outage of the worker may cost two receives"
        return warn(
            "redrive policy",
            f"maxReceiveCount {count}: {hurts}",
            f"set it to {GOOD}:\n" + set_attributes(settings, _policy(target)),
        )
    return ok("redrive policy", f"after {count} receives to {target.rpartition(':')[2]}")


def _policy(target: str) -> dict[str, str]:
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": GOOD})}


def _count(policy: Mapping[str, object]) -> int:
    value = str(policy.get("maxReceiveCount", ""))
    return int(value) if value.isdecimal() else 0


def _dead_letters(attributes: Attributes, dead: Attributes | None, settings: Settings) -> Iterator[Finding]:
    if dead is None:
        return
    name = dead.get("QueueArn", "").rpartition(":")[2]
    kept, own = _seconds(dead, "MessageRetentionPeriod"), _seconds(attributes, "MessageRetentionPeriod")
    if dead.get("FifoQueue") != attributes.get("FifoQueue"):
        yield warn(
            "dead-letter queue",
            f"{name} is {_kind(dead)}, the queue is {_kind(attributes)}: SQS moves no message there",
            "create a dead-letter queue of the queue's own type",
        )
    elif kept <= own and dead.get("FifoQueue") != "true":
        yield warn(
            "dead-letter queue",
            f"{name} keeps messages for {_span(kept)}, the queue for {_span(own)}: SQS counts the age of "
            "a dead letter from its first send, so it may expire soon after it failed",
            "let it keep messages for 14 days:\n"
            + set_attributes(settings, {"MessageRetentionPeriod": LONGEST_KEPT}, name=name),
        )
    else:
        yield ok("dead-letter queue", f"{name} keeps messages for {_span(kept)}")


def _kind(attributes: Attributes) -> str:
    return "FIFO" if attributes.get("FifoQueue") == "true" else "standard"


def _visibility(settings: Settings) -> Finding:
    timeout = settings.VISIBILITY_TIMEOUT
    if timeout < SHORT:
        return warn(
            "visibility",
            f"VISIBILITY_TIMEOUT {format_duration(timeout)}: if the daemon or SQS pauses that long, jobs run twice",
            "set VISIBILITY_TIMEOUT=60s; running jobs extend it",
        )
    return ok("visibility", f"{format_duration(timeout)} per receive, extended while a job runs")


def _retention(attributes: Attributes, settings: Settings) -> Finding:
    kept, count = _seconds(attributes, "MessageRetentionPeriod"), _count(redrive_policy(attributes))
    needed = sum(
        min(settings.ERROR_VISIBILITY_TIMEOUT_MAX, settings.ERROR_VISIBILITY_TIMEOUT * 2.0 ** min(attempt, 64))
        for attempt in range(max(0, count - 1))
    )
    if kept and needed > kept:
        return warn(
            "retention",
            f"the queue keeps messages for {_span(kept)}, but {count} tries with their pauses take "
            f"{_span(needed)}: failing messages expire before they reach the dead-letter queue",
            "raise MessageRetentionPeriod, or lower maxReceiveCount or ERROR_VISIBILITY_TIMEOUT_MAX",
        )
    return ok("retention", _span(kept) + (f"; all tries take up to {_span(needed)}" if needed else ""))


def _encryption(attributes: Attributes, settings: Settings) -> Finding:
    key = attributes.get("KmsMasterKeyId")
    if key:
        return ok("encryption", f"KMS key {key}; the role needs kms:Decrypt, which only a message can prove")
    if attributes.get("SqsManagedSseEnabled") == "false":
        command = set_attributes(settings, {"SqsManagedSseEnabled": "true"})
        return warn("encryption", "off: messages are stored as plain text", f"turn it on; it costs nothing:\n{command}")
    return ok("encryption", "by SQS's own keys" if "SqsManagedSseEnabled" in attributes else "not known here")


def _size(attributes: Attributes, settings: Settings, memory: int | None) -> Iterator[Finding]:
    """Messages that run, and those of the receives under way, are in memory."""
    if not (size := _seconds(attributes, "MaximumMessageSize")):
        return
    slots = settings.INVOKER_PARALLEL_COUNT * settings.INVOKER_BATCH_SIZE
    count = slots + settings.FETCHER_PARALLEL_COUNT * settings.FETCHER_MAX_MESSAGES
    text = (
        f"up to {size / KIB:,.0f} KiB; {count:,} messages at a time take up to {max(1, count * size / KIB**2):,.0f} MiB"
    )
    if memory is not None and count * size > SHARE * memory:
        yield warn(
            "message size",
            f"{text}, and the daemon may use {memory / KIB**2:,.0f} MiB: large messages may exhaust the memory",
            "lower INVOKER_PARALLEL_COUNT, or the queue's MaximumMessageSize",
        )
    else:
        yield ok("message size", text)


def _quota(attributes: Attributes, settings: Settings) -> Finding:
    most = settings.INVOKER_PARALLEL_COUNT * settings.INVOKER_BATCH_SIZE
    if most > IN_FLIGHT:
        return warn(
            "in-flight quota",
            f"{most:,} messages fit into slots and batches, but SQS allows {IN_FLIGHT:,} in flight",
            "lower INVOKER_PARALLEL_COUNT or INVOKER_BATCH_SIZE",
        )
    count = _seconds(attributes, "ApproximateNumberOfMessagesNotVisible")
    text = f"{count:,} of {IN_FLIGHT:,} messages in flight"
    if count >= NEARLY * IN_FLIGHT:
        return warn(
            "in-flight quota",
            f"{text}: at the limit, SQS delivers no messages and reports no error",
            "find the consumer that receives without deleting, or split the queue",
        )
    return ok("in-flight quota", text)


def _seconds(attributes: Attributes, name: str) -> int:
    value = attributes.get(name, "")
    return int(value) if value.isdecimal() else 0


def _span(seconds: float) -> str:
    days, rest = divmod(round(seconds), 86_400)
    if days and not rest:
        return f"{days} d"
    return format_duration(round(seconds))
