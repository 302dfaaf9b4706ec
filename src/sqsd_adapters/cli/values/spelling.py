"""Finds the variable that a misspelled one probably means."""

from collections.abc import Iterable

MAX_SLIPS = 2
LETTERS_A_SLIP = 4  # short names are near each other by chance: LOCKER and DOCKER


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that differs from ``name`` by case or by a letter or two, if there is one."""
    slips, best = min(
        ((_slips(name.upper(), candidate), candidate) for candidate in known), default=(MAX_SLIPS + 1, "")
    )
    return best if slips <= min(MAX_SLIPS, len(best) // LETTERS_A_SLIP) else None


def _slips(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with a neighbour (optimal string alignment)."""
    if abs(len(one) - len(other)) > MAX_SLIPS:
        return MAX_SLIPS + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, expected in enumerate(other, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != expected))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == expected
            current.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, current
    return last[-1]
