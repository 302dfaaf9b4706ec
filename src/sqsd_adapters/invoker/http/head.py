"""The headers of a message's request as they are sent: what repeats is written once."""

from functools import lru_cache
from math import floor

from sqsd_adapters.invoker.http.wire import MAX_VALUE, NOTHING, LeftOut, facts_of, message_headers, size
from sqsd_adapters.transport.exchange import Headers, block
from sqsd_core.message import Message


class MessageHeaders:
    """Writes the headers of the requests of one queue: those of each request, and what tells of the message."""

    def __init__(self, static: Headers, *, others: int = 0) -> None:
        """``others``: bytes of headers that are added by somebody else."""
        self._static = block(static)
        self._size = size(static) + others
        # the messages that are received in one second share them
        self._common = lru_cache(maxsize=1024)(self._write_common)

    def write(self, message: Message, deadline: float) -> tuple[bytes, LeftOut]:
        """Write them as they are sent, and name what was left out.

        ``deadline`` is the Unix time at which the time limit of the message ends. What most messages have is written
        here; ``message_headers`` is for all of them, and takes 17,000 instructions more.
        """
        # all fields at once: to read one by its name takes 200 instructions
        message_id, _, _, count, first, sent, sender, group, tenant, trace, attributes, _, _, notification = message
        if attributes or notification is not None:
            return self._write_all(message, deadline)
        first_second, sent_second = None if first is None else floor(first), None if sent is None else floor(sent)
        common = self._common(count, floor(deadline), first_second, sent_second, sender)
        text = f"X-Aws-Sqsd-Msgid: {message_id}\r\n"
        values: str = message_id
        if (group := group or tenant) is not None:
            text += f"X-Sqsd-Group-Id: {group}\r\n"
            values += group
        if trace is not None:
            text += f"X-Amzn-Trace-Id: {trace}\r\n"
            values += trace
        if common is None or not _is_plain(values):
            return self._write_all(message, deadline)
        return common + text.encode(), NOTHING

    def _write_all(self, message: Message, deadline: float) -> tuple[bytes, LeftOut]:
        headers, left_out = message_headers(message, deadline, self._size)
        return self._static + block(headers), left_out

    def _write_common(
        self, receive_count: int, deadline: int, first_received: int | None, sent: int | None, sender: str | None
    ) -> bytes | None:
        """Write what does not tell messages apart; None where the sender cannot be sent as it is."""
        headers = [*facts_of(receive_count, deadline, first_received, sent)]
        if sender is not None:
            if not _is_plain(sender):
                return None
            headers.append((b"X-Aws-Sqsd-Sender-Id", sender.encode()))
        return self._static + block(headers)


def _is_plain(value: str) -> bool:
    """Whether the text is itself the value of a header, in whatever part."""
    return value.isascii() and value.isprintable() and " " not in value and len(value) <= MAX_VALUE
