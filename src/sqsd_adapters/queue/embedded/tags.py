"""The limits of a queue's tags."""

from collections.abc import Mapping

from sqsd_adapters.queue.embedded.errors import SqsError, invalid_parameter

MAX_TAGS = 50  # SQS: tags of one queue
MAX_KEY = 128  # AWS: characters of a tag's key
MAX_VALUE = 256  # AWS: characters of a tag's value


def check_tags(tags: Mapping[str, str], *, queue: str) -> None:
    """Refuse what no queue can be tagged with.

    Raises:
        SqsError: InvalidParameterValue.
    """
    if len(tags) > MAX_TAGS:
        raise invalid_parameter(f"Too many tags added for queue {queue}.")
    for key, value in tags.items():
        check_key(key)
        if len(value) > MAX_VALUE:
            raise invalid_parameter(f"Tag values must be between 0 and {MAX_VALUE} characters in length.")


def check_key(key: str) -> None:
    """Refuse a tag's key that AWS keeps to itself, or that has too many characters or none.

    Raises:
        SqsError: InvalidParameterValue.
    """
    if not 1 <= len(key) <= MAX_KEY:
        raise no_key()
    if key.lower().startswith("aws:"):
        raise invalid_parameter("Tag keys must not begin with aws:.")


def no_key() -> SqsError:
    return invalid_parameter(f"Tag keys must be between 1 and {MAX_KEY} characters in length.")
