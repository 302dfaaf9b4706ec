"""The secrets of INVOKER_SIGNING_SECRET: their form, and a new one."""

import secrets
from base64 import b64decode, b64encode

from sqsd_adapters.cli.values.read_all import read_all

PREFIX = "whsec_"  # Standard Webhooks
KEY_SIZES = range(24, 65)  # bytes; Standard Webhooks
NEW_KEY_SIZE = 32  # bytes; as long as what HMAC-SHA256 returns


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """Read the keys in their order.

    Raises:
        ValueError: secrets are malformed; the message shows only their numbers.
    """
    return tuple(read_all(_key, enumerate(text.split(","), start=1)))


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(NEW_KEY_SIZE)).decode("ascii")


def _key(numbered: tuple[int, str]) -> bytes:
    number, secret = numbered[0], numbered[1].strip()
    # the libraries of verifiers also take a secret without the prefix, and then read other keys from the same text
    if not secret.startswith(PREFIX):
        raise ValueError(f"secret {number} does not begin with {PREFIX}")
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError(f"secret {number} is not {PREFIX} and base64, with its padding") from None
    if len(key) not in KEY_SIZES:
        raise ValueError(f"secret {number} has {len(key)} bytes")
    return key
