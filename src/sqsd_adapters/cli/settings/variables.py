"""What the declaration of a variable says: its meaning, what it accepts, how its value is shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import Field, JsonValue, SecretStr
from pydantic.fields import FieldInfo

from sqsd_adapters.cli.values import urls
from sqsd_adapters.cli.values.durations import format_duration

SHOWN_LENGTH = 200  # characters: enough to recognize what one has written
SECRET = "***"  # noqa: S105 - what is shown in a secret's place


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Marks a type of variable."""

    #: which values it accepts: what follows "expected"
    accepts: str
    #: how a value may be shown
    show: Callable[[Any], str] = str


def variable(
    meaning: str,
    default: Any = ...,  # noqa: ANN401 - as pydantic's Field
    *,
    shown: str | None = None,
    option: str | None = None,
    of: Literal["queue", "worker", "daemon"] | None = None,
    **constraints: Any,  # noqa: ANN401 - as pydantic's Field
) -> Any:  # noqa: ANN401 - as pydantic's Field
    """Declare a variable; the table, the command's help and the core's options derive from the declaration.

    ``shown`` is its default in the documentation where the value does not say it. ``option`` is the field of
    ``DaemonOptions`` that it sets. ``of`` is the table of ``sqsd.toml`` that may set it too, or ``daemon`` if it is
    read once, when the daemon starts; a variable whose name begins with INVOKER_ is the worker's.
    """
    extra: dict[str, JsonValue] = {"shown": shown, "option": option, "of": of}
    told: dict[str, JsonValue] = {key: value for key, value in extra.items() if value is not None}
    return Field(default, description=meaning, json_schema_extra=told, **constraints)


def told(field: FieldInfo, key: str) -> str | None:
    """What the declaration says as ``shown``, ``option`` or ``of``."""
    extra = field.json_schema_extra
    value = extra.get(key) if isinstance(extra, dict) else None
    return None if value is None else str(value)


def accepted(field: FieldInfo) -> str:
    """Which values the variable accepts, for an error message."""
    for mark in _marks(field):
        if isinstance(mark, Kind):
            return mark.accepts + _bounds(field, mark.show)
    base = base_type(field)
    if get_origin(base) is Literal:
        *most, last = get_args(base)
        return f"{', '.join(most)} or {last}"
    return {bool: "true or false", int: "an integer", float: "a number"}.get(base, "text") + _bounds(
        field, "{:,}".format
    )


def show(field: FieldInfo, value: object) -> str:
    """The value as it may be shown, in the form in which it is written; empty when it is not set."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if is_secret(field):
        return SECRET
    return next((mark.show for mark in _marks(field) if isinstance(mark, Kind)), str)(value)


def show_given(field: FieldInfo, value: object) -> str:
    """What was written, before it was read, for a message that refuses it."""
    text = str(value)
    if any(isinstance(mark, Kind) and mark.show is urls.masked for mark in _marks(field)):
        text = urls.masked(text)
    text = text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"
    return text if text.isprintable() else repr(text)


def is_secret(field: FieldInfo) -> bool:
    return base_type(field) is SecretStr


def is_duration(field: FieldInfo) -> bool:
    return any(isinstance(mark, Kind) and mark.show is format_duration for mark in _marks(field))


def base_type(field: FieldInfo) -> Any:  # noqa: ANN401 - a type, or what typing makes of one
    """The type of the attribute, without None and validators."""
    return _base(field.annotation)


def _marks(field: FieldInfo) -> Iterator[object]:
    """The annotations of a type, and of the type in ``type | None``."""
    yield from field.metadata
    for part in get_args(field.annotation):
        if get_origin(part) is Annotated:
            yield from part.__metadata__


def _base(annotation: Any) -> Any:  # noqa: ANN401 - a type, or what typing makes of one
    if get_origin(annotation) is Annotated:
        return _base(annotation.__origin__)
    optional = [part for part in get_args(annotation) if part is not type(None)]
    if type(None) in get_args(annotation):
        return _base(optional[0])
    return annotation


def _bounds(field: FieldInfo, write: Callable[[Any], str]) -> str:
    match [mark for mark in _marks(field) if isinstance(mark, Ge | Gt | Le)]:
        case [Ge(ge=low), Le(le=high)]:
            return f" between {write(low)} and {write(high)}"
        case [Gt(gt=low), Le(le=high)]:
            return f" greater than {write(low)} and at most {write(high)}"
        case _:
            return ""
