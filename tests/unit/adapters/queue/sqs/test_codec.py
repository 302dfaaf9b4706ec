"""Both JSON codecs read and write the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.queue.sqs.codec import decode, encode, standard_decode, standard_encode

texts = st.text()
shapes = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
        lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
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
