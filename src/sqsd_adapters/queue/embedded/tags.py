"""The limits of a queue's tags."""

from collections.abc import Mapping

from sqsd_adapters.queue.embedded.errors import invalid_parameter

MAX_TAGS = 50  # SQS: tags of one queue
MAX_KEY = 128  # AWS: characters of a tag's key
MAX_VALUE = 256  # AWS: characters of a tag's value


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse what no queue can be tagged with.

    Raises:
        SqsError: InvalidParameterValue.
    """
    if len(tags) > MAX_TAGS:
        raise invalid_parameter(f"Too many tags added for queue. Maximum number of tags is {MAX_TAGS}.")
    for key, value in tags.items():
        if not 1 <= len(key) <= MAX_KEY or key.lower().startswith("aws:"):
            raise invalid_parameter(
                f"Tag keys must be between 1 and {MAX_KEY} characters in length, and must not begin with aws:."
            )
        if len(value) > MAX_VALUE:
            raise invalid_parameter(f"Tag values must be between 0 and {MAX_VALUE} characters in length.")
