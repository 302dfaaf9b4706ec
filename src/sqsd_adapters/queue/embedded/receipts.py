"""Receipt handles: opaque to clients, and readable for the queue that issued them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_core.message import MessageId, ReceiptHandle


def issue(queue_name: str, message_id: MessageId, receive_count: int) -> ReceiptHandle:
    """Make the handle of one delivery."""
    return ReceiptHandle(urlsafe_b64encode(f"{queue_name} {message_id} {receive_count}".encode()).decode())


def message_of(receipt: str, *, queue_name: str) -> MessageId:
    """The message that a handle was issued for.

    Raises:
        SqsError: ReceiptHandleIsInvalid, where this queue never issued such a handle.
    """
    try:
        issuer, message_id, _receive_count = urlsafe_b64decode(receipt.encode()).decode().split(" ")
    except (Base64Error, ValueError):
        issuer = ""
    if issuer != queue_name:
        raise SqsError(
            ErrorCode.RECEIPT_INVALID, f'The input receipt handle "{receipt}" is not a valid receipt handle.'
        )
    return MessageId(message_id)
