"""A periodic task as a message, as EB sends it, and what names its slot."""

from hashlib import sha256
from urllib.parse import quote

from sqsd_core.message import Message, MessageAttribute, MessageId
from sqsd_core.policy.schedule import Due
from sqsd_core.utc import iso_utc

BODY = "elasticbeanstalk scheduled job"  # EB's
#: EB: the path of the worker that a message is for
PATH = "beanstalk.sqsd.path"
TASK_NAME = "beanstalk.sqsd.task_name"
#: EB: what makes a message a periodic task
SCHEDULED_TIME = "beanstalk.sqsd.scheduled_time"
MAX_ID = 128  # SQS: characters of a message group id


def is_periodic(message: Message) -> bool:
    """Whether the message is a periodic task, by EB's rule."""
    return bool(message.attributes) and SCHEDULED_TIME in message.attributes


def attributes(*, path: str, name: str, scheduled_time: str) -> dict[str, MessageAttribute]:
    """Build the attributes of the message; ``scheduled_time`` is the slot in ISO 8601."""
    texts = {PATH: path, TASK_NAME: name, SCHEDULED_TIME: scheduled_time}
    return {key: MessageAttribute(data_type="String", value=text) for key, text in texts.items()}


def attributes_of(due: Due) -> dict[str, MessageAttribute]:
    return attributes(path=due.task.path, name=due.task.name, scheduled_time=iso_utc(due.slot))


def slot_key(due: Due) -> MessageId:
    """Name a slot in the lock store; no id of a message looks like it."""
    return MessageId(f"cron:{due.task.name}:{due.slot:.0f}")


def deduplication_id(due: Due) -> str:
    """Name a slot on a FIFO queue, in the characters that SQS allows."""
    return _digest(slot_key(due))


def group_id(name: str) -> str:
    """The task's name on a FIFO queue, in the characters that SQS allows."""
    quoted = quote(name, safe="!#$&'()*+,-./:;<=>?@[]^_`{|}~")
    return quoted if len(quoted) <= MAX_ID else _digest(name)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
