"""Why no connection came about, in a few words for a log; they name no address, since strangers may read them."""

import errno
import os
import socket
import ssl
from typing import TypeGuard

from sqsd_adapters.transport.exchange import ExchangeError, NotConnected, OutOfDescriptors

_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def connect_failure(error: OSError) -> ExchangeError:
    """Tell what is the other side's fault, or the network's, from what is our own."""
    if error.errno in _OURS or (_may_hide_ours(error) and not _can_open_a_socket()):
        return OutOfDescriptors("no file descriptor or memory left for a connection")
    return NotConnected(why_not_connected(error))


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
            return f"not connected: {os.strerror(error.errno) if error.errno else 'each address failed in another way'}"


def refuses_our_certificate(error: BaseException | None) -> TypeGuard[ssl.SSLError]:
    """Whether the other side ended the handshake for our certificate's sake.

    TLS 1.3 says so only after our side of the handshake is done, so that it looks like a failure to read.
    """
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    return "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason)


def _may_hide_ours(error: OSError) -> bool:
    """A name's lookup without descriptors ends like that of an unknown name, and several errors end as one."""
    return isinstance(error, socket.gaierror) or error.errno is None


def _can_open_a_socket() -> bool:
    try:
        socket.socket().close()
    except OSError:
        return False
    return True
