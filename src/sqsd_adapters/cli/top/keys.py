"""Keys from the bytes of a terminal; pure."""

import codecs
import re
from collections.abc import Sequence

ESCAPE = "escape"
ENTER = "enter"
BACKSPACE = "backspace"

_NAMES = {"\r": ENTER, "\n": ENTER, "\x7f": BACKSPACE, "\x08": BACKSPACE, "\x1b": ESCAPE}
_SEQUENCES = {
    "A": "up",
    "B": "down",
    "H": "home",
    "F": "end",
    "1~": "home",
    "4~": "end",
    "5~": "page up",
    "6~": "page down",
}
_SEQUENCE = re.compile(r"\x1b[\[O]([0-9;]*[A-Za-z~])")
#: the begin of a sequence whose rest has not come yet
_UNFINISHED = re.compile(r"\x1b(?:[\[O][0-9;]*)?\Z")


class Keys:
    """Turns bytes as they come into names of keys; a printable character is its own name."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        self._rest = ""

    @property
    def waits(self) -> bool:
        """Whether a sequence may go on; if it does not, call ``flush``."""
        return bool(self._rest)

    def feed(self, data: bytes) -> Sequence[str]:
        """The keys that are complete."""
        return self._read(self._rest + self._decoder.decode(data))

    def flush(self) -> Sequence[str]:
        """What was waited for did not come: it is the escape key."""
        rest, self._rest = self._rest, ""
        return [ESCAPE] if rest else []

    def _read(self, text: str) -> Sequence[str]:
        keys, self._rest = list[str](), ""
        while text:
            if _UNFINISHED.match(text):
                self._rest = text
                break
            if found := _SEQUENCE.match(text):
                keys += [name] if (name := _SEQUENCES.get(found[1])) else []
                text = text[found.end() :]
                continue
            keys += [name] if (name := _name(text[0])) else []
            text = text[1:]
        return keys


def _name(character: str) -> str:
    return _NAMES.get(character, character if character.isprintable() else "")
