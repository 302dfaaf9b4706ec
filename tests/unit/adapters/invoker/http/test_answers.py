"""Section 5 of the contract as tables."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.invoker.http.answers import outcome, parse_retry_after
from sqsd_adapters.transport.exchange import Answer
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable

NOW = datetime(2015, 2, 18, 12, 0, 0, tzinfo=UTC).timestamp()
SUCCESS = frozenset(range(200, 300))


def answer(status: int, **headers: str) -> Answer:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Answer(status=status, headers=raw, body=b"")


@pytest.mark.parametrize(
    ("given_answer", "expected"),
    [
        (answer(200), Succeeded()),
        (answer(204), Succeeded()),
        (answer(200, retry_after="5"), Succeeded()),
        (answer(301), Failed("status 301, redirects are not followed")),
        (answer(302, retry_after="5"), Failed("status 302, redirects are not followed")),
        (answer(304), Failed("status 304")),
        (answer(308), Failed("status 308, redirects are not followed")),
        (answer(404), Failed("status 404")),
        (answer(429), Failed("status 429", full=True)),
        (answer(429, retry_after="7"), RetryLater(7.0, "status 429", full=True)),
        (answer(400, retry_after="0"), RetryLater(0.0, "status 400")),
        (answer(500), Failed("status 500")),
        (answer(500, retry_after="7"), RetryLater(7.0, "status 500")),
        (answer(502), Unavailable("status 502")),
        (answer(502, retry_after="7"), Unavailable("status 502", after=7.0)),
        (answer(503), Unavailable("status 503", full=True)),
        (answer(503, retry_after="7"), Unavailable("status 503", after=7.0, full=True)),
        (answer(503, retry_after="soon"), Unavailable("status 503", full=True)),
        (answer(504), Failed("status 504")),
        (answer(504, retry_after="7"), RetryLater(7.0, "status 504")),
        (answer(600, retry_after="7"), Failed("status 600")),
        (answer(500, x_sqsd_disposition="delete"), Succeeded()),
        (answer(503, x_sqsd_disposition=" Delete "), Succeeded()),
        (answer(200, x_sqsd_disposition="retry"), Failed("status 200, disposition retry")),
        (answer(200, x_sqsd_disposition="retry", retry_after="9"), RetryLater(9.0, "status 200")),
        (answer(503, x_sqsd_disposition="retry"), Failed("status 503, disposition retry", full=True)),
        (answer(200, x_sqsd_disposition="retain"), Retained()),
        (answer(503, x_sqsd_disposition="retry", retry_after="9"), RetryLater(9.0, "status 503", full=True)),
        (answer(503, x_sqsd_disposition="retain", retry_after="9"), Retained()),
        (answer(200, x_sqsd_disposition="dance"), Succeeded()),
        (answer(500, x_sqsd_disposition=""), Failed("status 500")),
    ],
)
def test_an_answer_becomes_an_outcome(given_answer: Answer, expected: Outcome) -> None:
    assert outcome(given_answer, success=SUCCESS, now=lambda: NOW) == expected


def test_the_success_statuses_are_a_setting() -> None:
    assert outcome(answer(404), success=frozenset({200, 404}), now=lambda: NOW) == Succeeded()
    assert outcome(answer(204), success=frozenset({200, 404}), now=lambda: NOW) == Failed("status 204")


def test_the_first_of_two_retry_afters_counts() -> None:
    twice = Answer(status=503, headers=[(b"retry-after", b"3"), (b"retry-after", b"9")], body=b"")
    assert outcome(twice, success=SUCCESS, now=lambda: NOW) == Unavailable("status 503", after=3.0, full=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120.0),
        (b" 0 ", 0.0),
        (b"43201", 43_200.0),
        (b"9" * 10_000, 43_200.0),
        (b"Wed, 18 Feb 2015 12:01:30 GMT", 90.0),
        (b"Wednesday, 18-Feb-15 12:01:30 GMT", 90.0),
        (b"Wed Feb 18 12:01:30 2015", 90.0),
        (b"Wed, 18 Feb 2015 11:00:00 GMT", 0.0),
        (b"Fri, 18 Feb 2050 12:00:00 GMT", 43_200.0),
        (b"", None),
        (b"-1", None),
        (b"1.5", None),
        (b"soon", None),
        ("١٢".encode(), None),
        (b"Wed, 32 Feb 2015 12:01:30 GMT", None),
        (b"Wed, 18 Feb 99999 12:01:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: bytes, seconds: float | None) -> None:
    assert parse_retry_after(value, now=NOW) == seconds


@given(st.binary(max_size=60))
def test_no_retry_after_is_beyond_its_bounds(value: bytes) -> None:
    seconds = parse_retry_after(value, now=NOW)
    assert seconds is None or 0.0 <= seconds <= 43_200.0


@given(st.integers(min_value=0, max_value=2**37))
def test_every_http_date_is_read(instant: int) -> None:
    date = datetime.fromtimestamp(instant, UTC)
    expected = min(max(instant - NOW, 0.0), 43_200.0)
    assert parse_retry_after(format_datetime(date, usegmt=True).encode(), now=NOW) == expected
