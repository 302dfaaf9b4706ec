"""Reads the items of a value one by one, so that its error names every problem and not only the first."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def read_all(read: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What ``read`` makes of each item.

    Raises:
        ValueError: the problems of all items that ``read`` refused with one.
    """
    found: list[R] = []
    problems: list[str] = []
    for item in items:
        try:
            found.append(read(item))
        except ValueError as error:
            problems.append(str(error))
    refuse(problems)
    return found


def refuse(problems: Iterable[str]) -> None:
    """Raise a ValueError that names all problems, each once; none is no error."""
    if named := "; ".join(dict.fromkeys(problems)):
        raise ValueError(named)
