"""What a child and the lock server say to each other: a line of JSON per call and per answer; pure.

A call is its number, the queue and the steps. An answer is the number and one letter per lock.
"""

import json
from collections.abc import Sequence

from sqsd_adapters.lock_store.steps import Step, Verb
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock

MAX_LINE = 4_194_304  # bytes; a call of the pipeline has some hundred locks of about 150 bytes


def encode_call(number: int, queue: str, steps: Sequence[Step]) -> bytes:
    return json.dumps((number, queue, steps), separators=(",", ":")).encode() + b"\n"


def decode_call(line: bytes) -> tuple[int, str, Sequence[Step]]:
    """Raises ValueError for what is no call."""
    try:
        number, queue, steps = json.loads(line)
        return int(number), str(queue), [_step(*fields) for fields in steps]
    except TypeError as error:
        raise ValueError("not a call") from error


def _step(verb: str, locks: Sequence[Sequence[str]], milliseconds: int) -> Step:
    return Step(Verb(verb), [Lock(MessageId(message_id), token) for message_id, token in locks], milliseconds)


def encode_answer(number: int, letters: str) -> bytes:
    return b'[%d,"%b"]\n' % (number, letters.encode())


def decode_answer(line: bytes) -> tuple[int, str]:
    """Raises ValueError for what is no answer."""
    try:
        number, letters = json.loads(line)
        return int(number), str(letters)
    except TypeError as error:
        raise ValueError("not an answer") from error


class Lines:
    """Cuts what arrives into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete; raises ValueError where one is too long."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise ValueError("a line is too long")
        return lines
