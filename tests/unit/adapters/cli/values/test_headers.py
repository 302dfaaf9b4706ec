"""Static headers: two forms, and nothing that could inject."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.cli.values.headers import RESERVED, TOKEN, is_header_value, parse_headers

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
        ('{"A": 1}', "value of header 1 is not a string"),
        ('{"B c": ["b"]}', "value of header 1 is not a string"),
        ('{"A": "b"', "JSON"),
        ('{"A": "b"} x', "JSON"),
        ("A: b\na: c", "header 2 has the name of an earlier one"),
        ('{"A": "b", "A": "c"}', "header 2 has the name of an earlier one"),
        ("X-Aws-Sqsd-Msgid: 1", "header X-Aws-Sqsd-Msgid cannot be set here: sqsd sets it for each message"),
        ("x-sqsd-deadline: 1", "header x-sqsd-deadline cannot be set here: sqsd sets it for each message"),
        *((f"{name.title()}: x", "cannot be set here") for name in RESERVED),
    ],
)
def test_what_cannot_be_sent_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_headers(text)


def test_every_problem_is_named_with_its_header() -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_headers("Host: a\nX-Aws-Sqsd-Path: /\nbad name: c\nX-Team:\nX-Good: d\nx-good: e")
    assert str(caught.value).split("; ") == [
        "header Host cannot be set here: the transport sets it",
        "header X-Aws-Sqsd-Path cannot be set here: sqsd sets it for each message",
        "the name of header 3 must consist of letters, digits and !#$%&'*+.^_`|~-",
        "the value of header 4 is empty, or not visible ASCII on one line",
        "header 6 has the name of an earlier one",
    ]


@pytest.mark.parametrize("text", ["a", "a\nb: c\nd", '{"A": 1, "B": "c", "D": null}', "A: b\na: c\nE: f\ne: g"])
def test_every_problem_of_one_kind_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_headers(text)
    assert len(str(caught.value).split("; ")) == (1 if text == "a" else 2)


@pytest.mark.parametrize(
    "text",
    [
        "A: hush\x00",
        "hush",
        '{"A": "hush\\n"}',
        '{"A": "hush"',
        "A: hush\nA: hush",
        "hush:",
        "hush: a\nhush: b",
        '{"hush": 1}',
        '{"hush": ""}',
    ],
)
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
