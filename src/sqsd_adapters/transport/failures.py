"""Why no connection came about, in a few words for a log."""

import socket
import ssl
from typing import TypeGuard


def why_not_connected(error: OSError) -> str:
    """Put what ``connect`` and the TLS handshake raise into words that show no secrets."""
    match error:
        case socket.gaierror():
            return "name not found"
        case ssl.SSLCertVerificationError():
            return f"TLS failure: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failure: {error.reason or 'handshake failed'}"
        case TimeoutError():
            return "connect time-out"
        case ConnectionRefusedError():
            return "connection refused"
        case _:
            return f"not connected: {error}"


def refuses_our_certificate(error: BaseException | None) -> TypeGuard[ssl.SSLError]:
    """Whether the other side ended the handshake for our certificate's sake.

    TLS 1.3 says so only after our side of the handshake is done, so that it looks like a failure to read.
    """
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    return "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason)
