"""The secrets of INVOKER_SIGNING_SECRET: their form, and a new one."""

import secrets
from base64 import b64decode, b64encode

PREFIX = "whsec_"  # Standard Webhooks
KEY_SIZES = range(24, 65)  # bytes; Standard Webhooks
NEW_KEY_SIZE = 32  # bytes; as long as what HMAC-SHA256 returns


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """Read the keys in their order.

    Raises:
        ValueError: a secret is malformed; the message shows only its number.
    """
    return tuple(_key(number, secret.strip()) for number, secret in enumerate(text.split(","), start=1))


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(NEW_KEY_SIZE)).decode("ascii")


def _key(number: int, secret: str) -> bytes:
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
