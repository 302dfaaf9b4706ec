"""Figures as short text of a steady width: counts, rates, shares, durations, bars and sparklines; pure."""

from collections.abc import Sequence
from math import ceil, isfinite

from sqsd_adapters.cli.words import MILLISECONDS, span

FULL, HALF, REST = "━", "╸", "─"
LEVELS = "▁▂▃▄▅▆▇"  # without the full block, so that rows do not touch
LONGEST = 3_650 * 86_400.0  # seconds: what is longer is no measurement

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"))


def count(number: float) -> str:
    """``1,204``, ``1.2 M``."""
    for size, prefix in _PREFIXES:
        if number >= size:
            return f"{number / size:,.1f} {prefix}"
    return f"{number:,.0f}"


def rate(per_second: float) -> str:
    """``412/s``, ``1.4/s``; what is rarer goes by the minute."""
    if not isfinite(per_second) or per_second <= 0:
        return "0/s"
    if per_second < 0.1:  # noqa: PLR2004 - six per minute
        return f"{max(per_second * 60, 0.1):.1f}/min"
    return f"{per_second:.1f}/s" if per_second < 10 else f"{count(per_second)}/s"  # noqa: PLR2004 - two digits


def share(part: float, whole: float) -> str:
    """``0 %``, ``0.3 %``, ``12 %``; ``–`` of nothing."""
    if whole <= 0:
        return "–"
    percent = 100 * min(part / whole, 1.0)
    if 0 < percent < 0.1:  # noqa: PLR2004 - what one digit shows
        return "<0.1 %"
    return f"{percent:.1f} %" if 0 < percent < 10 else f"{percent:.0f} %"  # noqa: PLR2004 - two digits


def brief(seconds: float) -> str:
    """``12 ms``, ``2.1 s``, ``4 min``: one unit."""
    if not isfinite(seconds) or seconds < 1:
        return f"{max(0.0, seconds) * MILLISECONDS:.0f} ms" if isfinite(seconds) else "–"
    if seconds < 10:  # noqa: PLR2004 - two digits
        return f"{seconds:.1f} s"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    return f"{min(seconds, LONGEST) / size:.0f} {unit}"


def age(seconds: float) -> str:
    """``1.2 s``, ``12 s``, ``4 min 10 s``; whole seconds from ten on."""
    seconds = min(max(0.0, seconds), LONGEST)
    return brief(seconds) if seconds < 9.95 else span(round(seconds))  # noqa: PLR2004 - two digits


def bar(part: float, whole: float, width: int) -> tuple[str, str]:
    """What is filled, in steps of half a cell, and the rest; something is never shown as nothing."""
    filled = 0.0 if whole <= 0 else min(max(part / whole, 0.0), 1.0) * width
    full, half = divmod(min(ceil(filled * 2), width * 2), 2)
    return FULL * full + HALF * half, REST * (width - full - half)


def spark(values: Sequence[float], width: int, most: float | None = None) -> str:
    """The last values, the newest at the right; several go into one cell where they are too many."""
    cells = _squeezed(values, width)
    top = max(cells, default=0.0) if most is None else most
    shown = "".join(_level(value, top) for value in cells)
    return shown.rjust(width)


def _level(value: float, top: float) -> str:
    if value <= 0 or top <= 0:
        return LEVELS[0] if value == 0 else " "
    return LEVELS[min(ceil(min(value / top, 1.0) * (len(LEVELS) - 1)), len(LEVELS) - 1)]


def _squeezed(values: Sequence[float], width: int) -> Sequence[float]:
    """At most ``width`` values: the means of groups, aligned at the newest."""
    size = ceil(len(values) / width) if width else 0
    if size <= 1:
        return list(values)
    newest_first = list(reversed(values))
    groups = [newest_first[start : start + size] for start in range(0, len(newest_first), size)]
    return [sum(group) / len(group) for group in reversed(groups)]
