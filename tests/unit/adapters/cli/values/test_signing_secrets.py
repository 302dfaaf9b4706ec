"""The secrets of INVOKER_SIGNING_SECRET."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.cli.values.signing_secrets import new_secret, parse_secrets

KEYS = st.binary(min_size=24, max_size=64)


def written(key: bytes) -> str:
    return f"whsec_{b64encode(key).decode()}"


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_secrets_are_read_in_their_order(keys: list[bytes]) -> None:
    assert parse_secrets(", ".join(map(written, keys))) == tuple(keys)


def test_a_new_secret_is_accepted_and_unlike_any_other() -> None:
    first, second = new_secret(), new_secret()
    assert len(parse_secrets(f"{first},{second}")) == 2
    assert first != second


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b64encode(bytes(32)).decode(), "secret 1 does not begin with whsec_"),
        (f"{written(bytes(32))},", "secret 2 does not begin with whsec_"),
        (f"{written(bytes(32))},whsec_hush hush", "secret 2 is not whsec_ and base64"),
        (written(bytes(32)).rstrip("="), "secret 1 is not whsec_ and base64"),
        ("whsec_hüsch", "secret 1 is not whsec_ and base64"),
        (written(bytes(23)), "secret 1 has 23 bytes"),
        (written(bytes(65)), "secret 1 has 65 bytes"),
        ("whsec_", "secret 1 has 0 bytes"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_showing_it(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}") as caught:
        parse_secrets(text)
    assert "hush" not in str(caught.value)


def test_every_wrong_secret_is_named() -> None:
    with pytest.raises(ValueError, match=r"^secret 1 does not begin with whsec_; secret 3 has 0 bytes$"):
        parse_secrets(f"hush,{written(bytes(32))},whsec_")
