"""What SNS said of a message as headers: section 13 of the contract, without I/O."""

from collections.abc import Iterator

from sqsd_core.message import Notification

SNS = b"X-Sqsd-Sns-"


def notification_texts(notification: Notification) -> Iterator[tuple[str, bytes, str]]:
    """Name, header and value of each fact that the publisher gave."""
    for name, value in (
        (b"Topic-Arn", notification.topic_arn),
        (b"Message-Id", notification.message_id),
        (b"Subject", notification.subject),
    ):
        if value is not None:
            header = SNS + name
            yield header.decode("ascii"), header, value
