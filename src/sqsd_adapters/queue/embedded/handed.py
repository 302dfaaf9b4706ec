"""What Python code hands to an EmbeddedQueue; SQS itself says what is wrong with the values, not with their types."""

from collections.abc import Mapping

from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import MessageAttribute
from sqsd_core.seconds import seconds

#: what to do with what is not yet a body
_HINTS = {dict: "use json.dumps", list: "use json.dumps", bytes: "decode it"}


def demand_sending(sending: Sending) -> None:
    """Refuse what a type checker would refuse.

    Raises:
        TypeError: an argument of ``send`` is not of its type.
        ValueError: the delay is NaN.
    """
    if not isinstance(sending.body, str):
        hint = _HINTS.get(type(sending.body))
        raise _wrong("body", "str", sending.body, hint=f": {hint}" if hint else "")
    _demand_attributes(sending.attributes)
    for name in ("group_id", "deduplication_id", "trace_header"):
        if not isinstance(value := getattr(sending, name), str | None):
            raise _wrong(name, "str", value)
    if sending.delay is not None:
        seconds(sending.delay, name="delay")


def demand_queue(name: object, max_receive_count: object) -> None:
    """Raise TypeError where the name is not a str, or the count neither an integer nor None."""
    if not isinstance(name, str):
        raise _wrong("name", "str", name)
    if not isinstance(max_receive_count, int | None) or isinstance(max_receive_count, bool):
        raise _wrong("max_receive_count", "int", max_receive_count)


def _demand_attributes(attributes: object) -> None:
    if not isinstance(attributes, Mapping):
        raise _wrong("attributes", "a mapping of names to MessageAttribute", attributes)
    for name, attribute in attributes.items():
        if not isinstance(name, str):
            raise _wrong("attributes", "names of type str", name)
        where = f"attributes[{name!r}]"
        if not isinstance(attribute, MessageAttribute):
            raise _wrong(where, "MessageAttribute(data_type=..., value=...)", attribute)
        if not isinstance(attribute.data_type, str):
            raise _wrong(f"{where}.data_type", "str", attribute.data_type)
        if not isinstance(attribute.value, str | bytes):
            raise _wrong(f"{where}.value", "str, also for a Number, or bytes", attribute.value)


def _wrong(name: str, expected: str, got: object, *, hint: str = "") -> TypeError:
    return TypeError(f"{name}: expected {expected}, got {type(got).__qualname__}{hint}")
