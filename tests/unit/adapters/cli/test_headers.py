"""Static headers: two forms, and nothing that could inject."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.cli.headers import RESERVED, TOKEN, is_header_value, parse_headers

HEADERS = [("Authorization", "Bearer abc=="), ("X-Team", "a, b: c")]


def test_lines_of_name_and_value_are_read_in_their_order() -> None:
    assert parse_headers("Authorization: Bearer abc==\nX-Team:a, b: c\n") == HEADERS


def test_a_json_object_is_read_in_its_order() -> None:
    assert parse_headers(json.dumps(dict(HEADERS))) == HEADERS


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Authorization", "line 1 is not in the form"),
        ("A: b\n\nC: d", "line 2 is not in the form"),
        ("bad name: x", "name of header 1"),
        (": x", "name of header 1"),
        ("A:", "value of header 1"),
        ("A: b\x00c", "value of header 1"),
        ("A: b\x7f", "value of header 1"),
        ("A: ü", "value of header 1"),
        ('{"A": "b\\r\\nC: d"}', "value of header 1"),
        ('{"A": 1}', "must be a string"),
        ('{"A": ["b"]}', "must be a string"),
        ('{"A": "b"', "JSON"),
        ('{"A": "b"} x', "JSON"),
        ("A: b\na: c", "occurs twice"),
        ('{"A": "b", "A": "c"}', "occurs twice"),
        ("X-Aws-Sqsd-Msgid: 1", "sets it for each message"),
        ("x-sqsd-deadline: 1", "sets it for each message"),
        *((f"{name.title()}: x", "cannot be set here") for name in RESERVED),
    ],
)
def test_what_cannot_be_sent_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_headers(text)


@pytest.mark.parametrize("text", ["A: hush\x00", "hush", '{"A": "hush\\n"}', '{"A": "hush"', "A: hush\nA: hush"])
def test_a_complaint_shows_no_value(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_headers(text)
    assert "hush" not in str(caught.value)


@given(st.text() | st.dictionaries(st.text(), st.text()).map(json.dumps))
def test_whatever_passes_can_be_sent_without_harm(text: str) -> None:
    try:
        headers = parse_headers(text)
    except ValueError:
        return
    assert all(TOKEN.fullmatch(name) and is_header_value(value) for name, value in headers)
    assert not any(set(name + value) & set("\r\n\0") for name, value in headers)
