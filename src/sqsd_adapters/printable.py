"""Escapes text from a peer for a terminal or a log."""

import re

LIMIT = 500  # characters: a sentence of SQS or of a worker, and no page

#: what str.isprintable lets pass and no terminal shows: fillers, blanks, joiners and variation selectors
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def printable(text: str, limit: int = LIMIT) -> str:
    r"""Escape whatever is not printable, and cut the result to ``limit`` characters, ``…`` included.

    Control characters (C0 and C1), line breaks, bidi and zero-width characters and lone surrogates become ``\xNN``,
    ``\uNNNN`` or ``\UNNNNNNNN``. A backslash stays as it is, so that printable text is never changed.
    """
    start = text[: limit + 1]
    shown = start if start.isprintable() and not _UNSEEN.search(start) else "".join(map(_escaped, start))
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _escaped(character: str) -> str:
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 - two hexadecimal digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four of them
