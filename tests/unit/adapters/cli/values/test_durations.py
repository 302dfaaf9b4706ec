"""Durations, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.cli.values.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60s", 60.0),
        ("1m", 60.0),
        ("1m30s", 90.0),
        ("24h", 86_400.0),
        ("1.5h", 5_400.0),
        ("500ms", 0.5),
        ("250us", 0.000_25),
        ("250µs", 0.000_25),
        ("250μs", 0.000_25),
        ("3ns", 3e-9),
        (".5s", 0.5),
        ("1.s", 1.0),
        ("1h1m1s", 3_661.0),
        ("30s1m", 90.0),
        ("90", 90.0),
        ("1.5", 1.5),
        ("0", 0.0),
        (" 60s ", 60.0),
    ],
)
def test_go_durations_and_plain_seconds_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "s", "60x", "1m 30s", "-1s", "+1s", "1d", "1h30", "60S", "nan", "inf", "1e3", "1_000", "٣s", ".s", "."],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["9" * 30, "9" * 400, "9" * 400 + "h", "9223372037s"])
def test_a_duration_beyond_what_go_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="292 years"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (60.0, "1m"),
        (90.0, "1m30s"),
        (86_400.0, "24h"),
        (0.5, "500ms"),
        (1.5, "1s500ms"),
        (3_601.0, "1h1s"),
    ],
)
def test_durations_are_written_with_the_largest_units_first(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, 10**9).map(lambda microseconds: microseconds / 1e6))
def test_what_is_written_is_read_as_the_same_duration(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.text())
def test_no_text_is_read_as_a_negative_or_endless_duration(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert 0 <= seconds < float("inf")


@given(st.lists(st.tuples(st.integers(0, 10**4), st.sampled_from(["h", "m", "s", "ms"])), min_size=1, max_size=9))
def test_the_parts_of_a_duration_add_up(parts: list[tuple[int, str]]) -> None:
    factors = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
    milliseconds = sum(number * factors[unit] for number, unit in parts)
    assert parse_duration("".join(f"{number}{unit}" for number, unit in parts)) == milliseconds / 1000
