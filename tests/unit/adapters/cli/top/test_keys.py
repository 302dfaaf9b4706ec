"""Keys from the bytes of a terminal."""

import pytest

from sqsd_adapters.cli.top.keys import Keys


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"q", ["q"]),
        (b"\r\x7f", ["enter", "backspace"]),
        (b"\x1b[A\x1b[B\x1bOA", ["up", "down", "up"]),
        (b"\x1b[5~\x1b[6~\x1b[H\x1b[F", ["page up", "page down", "home", "end"]),
        ("ä€".encode(), ["ä", "€"]),
        (b"\x1b[200~\x01\xff", []),
    ],
)
def test_bytes_are_keys(data: bytes, keys: list[str]) -> None:
    assert Keys().feed(data) == keys


def test_a_sequence_in_two_parts_is_one_key() -> None:
    keys = Keys()
    assert (keys.feed(b"\x1b"), keys.waits, keys.feed(b"[A"), keys.waits) == ([], True, ["up"], False)


def test_a_character_in_two_parts_is_one_key() -> None:
    keys = Keys()
    assert [*keys.feed(b"\xc3"), *keys.feed(b"\xa4")] == ["ä"]


def test_an_escape_of_which_nothing_follows_is_the_escape_key() -> None:
    keys = Keys()
    keys.feed(b"\x1b")
    assert (keys.flush(), keys.flush()) == (["escape"], [])


def test_an_escape_before_another_key_is_both() -> None:
    assert Keys().feed(b"\x1bq") == ["escape", "q"]
