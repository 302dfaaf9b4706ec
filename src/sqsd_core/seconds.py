"""A number of seconds that comes from foreign code, checked where it is handed over."""

from math import isnan
from numbers import Real


def seconds(value: object, *, name: str = "after") -> float:
    """Return ``value`` as float seconds; infinity and negative numbers are allowed, and limited by the code that waits.

    Raises:
        TypeError: it is not a number
        ValueError: it is NaN, or larger than a float
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a number of seconds, got {type(value).__name__}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name}: more seconds than a float holds") from None
    if isnan(number):
        raise ValueError(f"{name}: expected a number of seconds, got nan")
    return number
