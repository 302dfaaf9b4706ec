"""A URL taken apart once, into what a connection and a request need of it."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, unquote_to_bytes, urlsplit

UNIX_SCHEME = "http+unix"
SCHEMES = {"http": 80, "https": 443, UNIX_SCHEME: 0}
#: what RFC 3986 lets stand in a path and a query, and ``%``, which is taken as encoded already
_TARGET_SAFE = "/:?@!$&'()*+,;=-._~%[]"
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where requests go."""

    host: str
    port: int
    tls: bool = False
    #: the unix socket that stands in for host and port
    socket_path: str | None = None
    #: of the request line: path and query
    target: bytes = b"/"
    #: the value of ``Host``
    authority: bytes
    #: the value of ``Authorization``, from the URL's user and password
    authorization: bytes | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Name the place without user, password, path or query."""
        return f"unix:{self.socket_path}" if self.socket_path else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Read ``http://``, ``https://`` and ``http+unix://%2Frun%2Fworker.sock/path``.

        User and password become Basic authorization (RFC 7617). A unix socket's path stands percent-encoded
        in the host's place, as Docker's and requests' users write it; its ``Host`` is ``localhost``.

        Raises:
            ValueError: the URL is none of these; the message does not show it.
        """
        if _CONTROL.search(url):
            raise ValueError("a URL contains no spaces and no control characters")
        parts = split_url(url)
        if parts.scheme not in SCHEMES:
            raise ValueError("the scheme is none of http, https and http+unix")
        if parts.fragment:
            raise ValueError("a fragment ('#…') is never sent")
        if parts.scheme == UNIX_SCHEME:
            return cls._unix(parts)
        return cls._tcp(parts)

    @classmethod
    def _tcp(cls, parts: SplitResult) -> "Address":
        default_port = SCHEMES[parts.scheme]
        port = default_port if parts.port is None else parts.port
        if port == 0:
            raise ValueError("port 0 cannot be connected to")
        host = _ascii_host(parts.hostname or "")
        bracketed = f"[{host}]" if ":" in host else host
        return cls(
            host=host,
            port=port,
            tls=parts.scheme == "https",
            target=_target(parts),
            authority=(bracketed if port == default_port else f"{bracketed}:{port}").encode("ascii"),
            authorization=_authorization(parts),
        )

    @classmethod
    def _unix(cls, parts: SplitResult) -> "Address":
        path = unquote(parts.netloc.rpartition("@")[2])
        if not path.startswith("/") or "\0" in path:
            raise ValueError("a unix socket is written http+unix://%2Frun%2Fworker.sock/path")
        return cls(
            host="localhost",
            port=0,
            socket_path=path,
            target=_target(parts),
            authority=b"localhost",
            authorization=_authorization(parts),
        )


def split_url(url: str) -> SplitResult:
    """Split a URL, whose port must be a number; raises a ``ValueError`` that does not show it."""
    try:
        parts = urlsplit(url)
        if parts.scheme != UNIX_SCHEME:
            _ = parts.port  # checks it
    except ValueError:
        # urllib's own words quote what it takes for the port or the host: a password that holds a "/" or a "["
        raise ValueError("not a URL; percent-encode special characters in user and password") from None
    return parts


def request_target(path: str) -> bytes:
    """Encode a path, with its query if any, for a request line.

    Raises:
        ValueError: it does not begin with a slash, so it could name another host.
    """
    if not path.startswith("/"):
        raise ValueError("a path begins with '/'")
    return quote(path, safe=_TARGET_SAFE).encode("ascii")


def _ascii_host(host: str) -> str:
    if not host:
        raise ValueError("the host is missing")
    try:
        return host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("the host is not a domain name") from None


def _target(parts: SplitResult) -> bytes:
    query = f"?{parts.query}" if parts.query else ""
    return request_target((parts.path or "/") + query)


def _authorization(parts: SplitResult) -> bytes | None:
    if parts.username is None and parts.password is None:
        return None
    user, password = unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or "")
    return b"Basic " + b64encode(user + b":" + password)
