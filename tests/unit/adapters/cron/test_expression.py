"""Cron's five fields, by the wall times that they match."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqsd_adapters.cron.expression import CronExpression

START = datetime(2026, 1, 1, 12, 0)  # noqa: DTZ001 - wall time; a Thursday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * *", "2026-01-01 12:01"),
        ("*/15 * * * *", "2026-01-01 12:15"),
        ("0 */12 * * *", "2026-01-02 00:00"),
        ("30 2 * * *", "2026-01-02 02:30"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("0 9 * * MON", "2026-01-05 09:00"),
        ("0 9 * * 7", "2026-01-04 09:00"),
        ("0 9 1,15 * *", "2026-01-15 09:00"),
        ("0 9 L * *", "2026-01-31 09:00"),
        ("0 9 13 * FRI", "2026-01-02 09:00"),
        ("  5   4  *  JAN-FEB  * ", "2026-01-02 04:05"),
    ],
)
def test_the_first_match_after_a_time(text: str, expected: str) -> None:
    found = CronExpression(text).after(START)
    assert found is not None
    assert found.strftime("%Y-%m-%d %H:%M") == expected


@pytest.mark.parametrize(
    ("text", "every_hour"),
    [
        ("5 * * * *", True),
        ("5 */1 * * *", True),
        ("5 0-23 * * *", True),
        ("5 0-11,12-23 * * *", True),
        ("5 */2 * * *", False),
        ("5 0-22 * * *", False),
    ],
)
def test_an_expression_without_restricted_hours_is_an_interval(text: str, every_hour: bool) -> None:
    assert CronExpression(text).every_hour is every_hour


@pytest.mark.parametrize("text", ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_what_never_occurs_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not valid|never occurs"):
        CronExpression(text)


@settings(deadline=None)
@given(st.lists(st.text("0123456789*/,-L#WMON ", min_size=1, max_size=6), min_size=5, max_size=5))
def test_any_text_is_read_or_refused(fields: list[str]) -> None:
    with suppress(ValueError):
        found = CronExpression(" ".join(fields)).after(START)
        assert found is None or found > START
