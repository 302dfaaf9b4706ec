"""Dataclasses as plain values, between a parent and its processes; a field that is new is carried without a line here.

pydantic would do this, but it takes no ``defaultdict`` of a class with arguments, and turns infinity into null.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, NewType, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


def encode(value: Any) -> Any:  # noqa: ANN401 - dictionaries, lists, enums, texts and numbers
    """What the channel can carry."""
    if is_dataclass(value):
        return {each.name: encode(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(each) for key, each in value.items()}
    return [encode(each) for each in value] if isinstance(value, list | tuple) else value


def decode(kind: type[T], content: object) -> T:
    """Raises ValueError for what is no such value."""
    try:
        reader: Reader = _reader(kind)  # type: ignore[arg-type] # a type is hashable
        value: T = reader(content)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a {kind.__name__}") from error
    return value


@cache
def _reader(kind: Any) -> Reader:  # noqa: ANN401 - a type, or what typing makes of one
    """What reads values of a type."""
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    if (origin := get_origin(kind)) is not None:
        return _generic(origin, get_args(kind))
    if is_dataclass(kind):
        return _dataclass(kind)
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else _same


def _generic(origin: Any, arguments: tuple[Any, ...]) -> Reader:  # noqa: ANN401 - as above
    if origin is UnionType:
        return _optional(_reader(next(part for part in arguments if part is not type(None))))
    if origin is Counter:
        return Counter
    if issubclass(origin, Mapping):
        return _mapping(_reader(arguments[1]))
    return _sequence(_reader(arguments[0]), list if origin is list else tuple)


def _same(value: object) -> object:
    return value


def _optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _mapping(read: Reader) -> Reader:
    return lambda value: {key: read(each) for key, each in value.items()}


def _sequence(read: Reader, kind: type) -> Reader:
    return lambda value: kind([read(each) for each in value])


def _dataclass(kind: Any) -> Reader:  # noqa: ANN401 - the type of a dataclass
    hints = get_type_hints(kind)
    readers = {each.name: _reader(hints[each.name]) for each in fields(kind)}
    return lambda value: kind(**{name: read(value[name]) for name, read in readers.items()})
