"""The time of a periodic task, in the forms in which senders write it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqsd_adapters.invoker.http.periodic import scheduled_at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-08-12T21:46:21Z", "2015-08-12T21:46:21Z"),
        ("2015-08-12 21:46:21 UTC", "2015-08-12T21:46:21Z"),
        ("2015-08-12 23:46:21 +0200", "2015-08-12T21:46:21Z"),
        ("2015-08-12T23:46:21.999+02:00", "2015-08-12T21:46:21Z"),
        ("2015-08-12T21:46:21", "2015-08-12T21:46:21Z"),
        ("20150812T214621Z", "2015-08-12T21:46:21Z"),
        ("Wed, 12 Aug 2015 21:46:21 GMT", "2015-08-12T21:46:21Z"),
        ("1439415981", "2015-08-12T21:46:21Z"),
        (" 2015-08-12 ", "2015-08-12T00:00:00Z"),
        ("1439415981000", "2015-08-12T21:46:21Z"),
        ("1439415981999", "2015-08-12T21:46:21Z"),
        ("1439415981000.5", "2015-08-12T21:46:21Z"),
        ("1712051231000", "2024-04-02T09:47:11Z"),
        ("1.439415981e12", "2015-08-12T21:46:21Z"),
        ("99999999999", "5138-11-16T09:46:39Z"),
        ("100000000000", "1973-03-03T09:46:40Z"),
    ],
)
def test_a_time_is_written_in_utc_whatever_form_it_had(text: str, expected: str) -> None:
    assert scheduled_at(text) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "2015-13-45", "99999999999999999999", "20150812214621", "1439415981000000", "nan", "-inf"]
)
def test_what_is_no_time_has_no_form(text: str) -> None:
    assert scheduled_at(text) is None


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    found = scheduled_at(text)
    assert found is None or found.endswith("Z")
