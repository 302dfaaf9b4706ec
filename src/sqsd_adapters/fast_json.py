"""JSON by orjson where it is installed (the extra ``fast``), and by the standard library elsewhere."""

import json
from collections.abc import Callable
from typing import Any

Encode = Callable[[Any], bytes]
Decode = Callable[[bytes], Any]


def standard_encode(content: Any) -> bytes:  # noqa: ANN401 - JSON may be anything
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def standard_decode(body: bytes) -> Any:  # noqa: ANN401 - as above
    return json.loads(body)


def _fastest() -> tuple[Encode, Decode]:
    try:
        import orjson  # noqa: PLC0415 - an extra
    except ImportError:
        return standard_encode, standard_decode
    return orjson.dumps, orjson.loads


encode, decode = _fastest()


def read(body: bytes) -> dict[str, Any] | None:
    """An answer's JSON object; None where it is none."""
    # the second is more lenient with what an emulator may let pass: half a surrogate pair
    for reader in (decode, standard_decode):
        try:
            shape = reader(body)
        except (ValueError, RecursionError):
            continue
        return shape if isinstance(shape, dict) else None
    return None
