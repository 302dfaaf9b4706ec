"""The MD5 digests by which SDKs verify bodies and attributes, as SQS computes them."""

from collections.abc import Mapping
from hashlib import md5
from struct import pack

from sqsd_core.message import MessageAttribute

STRING = b"\x01"  # SQS: transport type of String and Number values
BINARY = b"\x02"  # SQS: transport type of Binary values


def md5_of_body(body: str) -> str:
    return md5(body.encode(), usedforsecurity=False).hexdigest()


def md5_of_attributes(attributes: Mapping[str, MessageAttribute]) -> str | None:
    """Digest name, type and value of each attribute in the order of names; None where there are none.

    Source: "Calculating the MD5 message digest for message attributes", SQS Developer Guide.
    """
    if not attributes:
        return None
    digest = md5(usedforsecurity=False)
    for name, attribute in sorted(attributes.items()):
        binary = isinstance(attribute.value, bytes)
        digest.update(_measured(name) + _measured(attribute.data_type))
        digest.update((BINARY if binary else STRING) + _measured(attribute.value))
    return digest.hexdigest()


def _measured(value: str | bytes) -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    return pack(">I", len(data)) + data
