"""Receives on a FIFO queue whose answers may have been lost: the same attempt id brings the same messages."""

from sqsd_adapters.queue.embedded.recent import Recent
from sqsd_adapters.queue.embedded.shelf import Shelf
from sqsd_adapters.queue.embedded.stored import Received, Stored, is_held


class Attempts:
    """The answers of the last five minutes, by ReceiveRequestAttemptId."""

    def __init__(self) -> None:
        self._answers: Recent[str, list[Received]] = Recent()

    def remember(self, attempt_id: str, answer: list[Received], messages: list[Stored], *, now: float) -> None:
        self._answers.remember(attempt_id, answer, now=now)
        for message in messages:
            message.attempt_id = attempt_id

    def forget(self, message: Stored) -> None:
        """The delivery was changed, so a repeated attempt would not bring what it brought."""
        if message.attempt_id is not None:
            self._answers.forget(message.attempt_id)

    def repeat(self, attempt_id: str, shelf: Shelf, *, visibility: float, now: float) -> list[Received]:
        """Repeat an answer, as long as all of its messages are still held by it.

        Source: ReceiveRequestAttemptId, API reference; the visibility timeouts start anew.
        """
        answer = self._answers.get(attempt_id, now=now) or []
        messages = [shelf.find(received.id) for received in answer]
        held = [
            message
            for message, received in zip(messages, answer, strict=True)
            if message is not None and is_held(message, received.receipt)
        ]
        if len(held) < len(answer):
            return []
        for message in held:
            shelf.hide(message, until=now + visibility)
        return answer
