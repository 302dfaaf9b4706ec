"""What a peer said is shown in a terminal or a log without harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.printable import LIMIT, printable


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", ""),
        ("AccessDenied: not so", "AccessDenied: not so"),
        ("Grüße, 世界, é, 🙂", "Grüße, 世界, é, 🙂"),
        (r"C:\temp", r"C:\temp"),
        ("a\nb\r\nc\td", r"a\x0ab\x0d\x0ac\x09d"),
        ("\x1b[2J\x07\x00\x7f", r"\x1b[2J\x07\x00\x7f"),
        ("\x9b31m\x85", r"\x9b31m\x85"),
        ("\u2028\u2029\u0085", r"\u2028\u2029\x85"),
        ("\u202eevil\u2066\u200f\u061c", r"\u202eevil\u2066\u200f\u061c"),
        ("a\u200bb\u200db\ufeffc\u00ad", r"a\u200bb\u200db\ufeffc\xad"),
        ("\u3164\u2800\u034f\ufe0f\u00a0", r"\u3164\u2800\u034f\ufe0f\xa0"),
        ("\ud800", r"\ud800"),
        ("\ue000\U000e0001\U000e0101", r"\ue000\U000e0001\U000e0101"),
    ],
)
def test_what_is_not_printable_is_escaped(said: str, shown: str) -> None:
    assert printable(said) == shown


@pytest.mark.parametrize(
    ("said", "limit", "shown"),
    [("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("\n\n", 4, r"\x0…"), ("\n", 4, r"\x0a"), ("x" * 10**6, 2, "x…")],
)
def test_what_is_too_long_is_cut(said: str, limit: int, shown: str) -> None:
    assert printable(said, limit) == shown


@given(st.text(st.characters(exclude_categories=())), st.integers(min_value=1, max_value=2 * LIMIT))
def test_the_result_is_one_printable_line_within_the_limit(said: str, limit: int) -> None:
    shown = printable(said, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_what_is_shown_is_shown_the_same_again(said: str) -> None:
    assert printable(printable(said)) == printable(said)
