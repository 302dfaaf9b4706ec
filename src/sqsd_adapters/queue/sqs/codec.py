"""JSON as SQS's protocol has it, by orjson where it is installed (the extra ``fast``)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

Encode = Callable[[Mapping[str, Any]], bytes]
Decode = Callable[[bytes], Any]


def standard_encode(shape: Mapping[str, Any]) -> bytes:
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()


def standard_decode(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    return json.loads(body)


def _fastest() -> tuple[Encode, Decode]:
    try:
        import orjson  # noqa: PLC0415 - an extra
    except ImportError:
        return standard_encode, standard_decode
    return orjson.dumps, orjson.loads


encode, decode = _fastest()
