"""The signature of a request, as Standard Webhooks defines it: section 4 of the contract, without I/O."""

import hmac
from binascii import b2a_base64
from collections.abc import Sequence

from sqsd_adapters.transport.exchange import Headers

HEADERS_SIZE = 128  # bytes of the three headers without the signatures; an id of SQS has 36
SIGNATURE_SIZE = 48  # bytes of one signature and the space after it


class Signer:
    """Signs ``id.timestamp.body`` once per key, so that a verifier that knows any of the keys accepts the request."""

    def __init__(self, *, keys: Sequence[bytes]) -> None:
        # a copy of these costs less per message than to begin with the key
        self._begun = [hmac.new(key, digestmod="sha256") for key in keys]
        #: bytes that the headers take on the wire, at most
        self.size = HEADERS_SIZE + SIGNATURE_SIZE * len(self._begun)

    def headers(self, *, message_id: bytes, body: bytes, now: float) -> Headers:
        """Build the headers of one attempt; ``message_id`` is as it is sent, ``now`` is Unix time."""
        timestamp = b"%d" % now
        head = b"%b.%b." % (message_id, timestamp)
        return (
            (b"webhook-id", message_id),
            (b"webhook-timestamp", timestamp),
            (b"webhook-signature", b" ".join([_signature(begun.copy(), head, body) for begun in self._begun])),
        )


def _signature(digest: hmac.HMAC, head: bytes, body: bytes) -> bytes:
    digest.update(head)
    digest.update(body)
    return b"v1," + b2a_base64(digest.digest(), newline=False)
