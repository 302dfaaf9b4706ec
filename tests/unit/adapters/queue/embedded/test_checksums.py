"""Digests that other implementations computed."""

from sqsd_adapters.queue.embedded.checksums import md5_of_attributes, md5_of_body
from sqsd_core.message import MessageAttribute


def test_a_body_has_the_digest_of_its_utf8_bytes() -> None:
    assert md5_of_body("hé") == "33fcd01258e6ba07ef405dc9e721f3a7"


def test_attributes_have_the_digest_that_sqs_gives_them() -> None:
    attributes = {"timestamp": MessageAttribute(data_type="Number", value="1493147359900")}
    assert md5_of_attributes(attributes) == "235c5c510d26fb653d073faed50ae77c"


def test_the_order_of_attributes_does_not_matter() -> None:
    text = MessageAttribute(data_type="String", value="x")
    raw = MessageAttribute(data_type="Binary", value=b"\x00")
    assert md5_of_attributes({"a": text, "b": raw}) == md5_of_attributes({"b": raw, "a": text})


def test_text_and_bytes_of_one_value_differ() -> None:
    text = md5_of_attributes({"a": MessageAttribute(data_type="String", value="x")})
    assert text != md5_of_attributes({"a": MessageAttribute(data_type="String", value=b"x")})


def test_no_attributes_have_no_digest() -> None:
    assert md5_of_attributes({}) is None
