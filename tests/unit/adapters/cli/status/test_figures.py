"""Figures as short text."""

import pytest

from sqsd_adapters.cli.status.figures import bar, brief, count, rate, share, spark


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (1_204, "1,204"), (1_250_000, "1.2 M"), (2**64 - 1, "18,446,744.1 T")]
)
def test_a_count_stays_short(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(0, "0/s"), (0.05, "3.0/min"), (1.44, "1.4/s"), (412, "412/s"), (float("nan"), "0/s"), (float("inf"), "0/s")],
)
def test_a_rate_has_two_digits_or_more(per_second: float, text: str) -> None:
    assert rate(per_second) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(0, 0, "–"), (0, 9, "0 %"), (1, 3_000, "<0.1 %"), (1, 300, "0.3 %"), (1, 3, "33 %")]
)
def test_a_share_of_something_is_never_shown_as_nothing(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.012, "12 ms"), (2.14, "2.1 s"), (12, "12 s"), (240, "4 min"), (7_200, "2 h"), (float("inf"), "–")],
)
def test_a_duration_has_one_unit(seconds: float, text: str) -> None:
    assert brief(seconds) == text


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 8, "────"), (1, 1_000, "╸───"), (4, 8, "━━──"), (5, 8, "━━╸─"), (9, 8, "━━━━")]
)
def test_a_bar_has_half_cells_and_always_its_width(part: int, whole: int, shown: str) -> None:
    assert "".join(bar(part, whole, 4)) == shown


def test_a_sparkline_ends_with_the_newest_value() -> None:
    assert spark([0, 4, 8], 5) == "  ▁▄▇"


def test_a_sparkline_without_room_shows_means() -> None:
    assert spark([8, 0, 0, 0, 4, 4], 3) == "▇▁▇"


def test_a_sparkline_of_nothing_is_flat() -> None:
    assert spark([0, 0], 2) == "▁▁"
