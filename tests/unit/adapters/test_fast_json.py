"""Both JSON codecs read and write the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.fast_json import decode, encode, read, standard_decode, standard_encode

texts = st.text()
shapes = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
        lambda inner: st.lists(inner, max_size=8) | st.dictionaries(texts, inner, max_size=8),
    ),
)


@given(shapes)
def test_either_codec_reads_what_either_wrote(shape: dict[str, object]) -> None:
    written = {encode(shape), standard_encode(shape)}
    read = [reader(body) for body in written for reader in (decode, standard_decode)]
    assert all(each == shape for each in read)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b'{"a": "\xff"}', b"{}{}"])
def test_what_is_not_json_is_a_value_error_to_either(body: bytes) -> None:
    for reader in (decode, standard_decode):
        with pytest.raises(ValueError, match=r".*"):
            reader(body)


@given(st.binary(max_size=200) | st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"[]", b"3", b"\xed\xa0\x80"]))
def test_whatever_is_answered_is_read_as_an_object_or_as_none(body: bytes) -> None:
    shape = read(body)
    assert shape is None or isinstance(shape, dict)


def test_half_a_surrogate_pair_is_read() -> None:
    assert read(b'{"a": "\\ud83d"}') == {"a": "\ud83d"}
