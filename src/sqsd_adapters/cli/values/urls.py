"""Which URLs are accepted where, and how they are shown: without passwords and queries."""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from sqsd_adapters.transport.address import split_url

MEMORY_SCHEME = "memory"
#: of queues that need no extension
BUILT_IN_SCHEMES = frozenset({"http", "https", MEMORY_SCHEME})
LAST_PORT = 65_535
#: AWS: CreateQueue's QueueName
QUEUE_NAME = re.compile(r"(?=.{1,80}\Z)[A-Za-z0-9_-]+(?:\.fifo)?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_QUERY = re.compile(r"\?.*", re.DOTALL)


def check_queue_url(url: str) -> str:
    """Pass ``https://…/NAME``, ``http://…/NAME`` and ``memory://NAME``; raises ``ValueError``."""
    parts = _split(url)
    if parts.scheme == MEMORY_SCHEME:
        name = parts.netloc + parts.path
    else:
        check_http_url(url)
        name = parts.path.rpartition("/")[2]
    if not QUEUE_NAME.fullmatch(name):
        raise ValueError("the last part of the path is not a queue name")
    return url


def check_http_url(url: str) -> str:
    """Pass http and https URLs with a host and without user, password or fragment; raises ``ValueError``."""
    parts = _split(url)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("expected the scheme http or https")
    if not parts.hostname:
        raise ValueError("the host is missing")
    _refuse_userinfo(parts)
    return url


def check_redis_url(url: str) -> str:
    """Pass ``redis://``, ``rediss://`` and ``unix://`` URLs; raises ``ValueError``."""
    parts = _split(url)
    match parts.scheme:
        case "redis" | "rediss" if parts.hostname:
            database = parts.path.strip("/")
        case "unix" if parts.path.strip("/"):
            database = ""
        case _:
            raise ValueError("neither redis://host, rediss://host nor unix:///path")
    if database and not database.isdecimal():
        raise ValueError("the path of a Redis URL must be a database number")
    return url


def names_redis_database(url: str) -> bool:
    """Whether the Redis URL says which database, ``redis://host/2`` or ``unix:///path?db=2``."""
    parts = urlsplit(url)
    return bool(parts.scheme != "unix" and parts.path.strip("/")) or "db=" in parts.query


def with_redis_database(url: str, database: int | None) -> str:
    """The Redis URL with the database of REDIS_LOCKER_DBNAME."""
    if database is None:
        return url
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"{url}{'&' if parts.query else '?'}db={database}"
    return urlunsplit(parts._replace(path=f"/{database}"))


def check_address(address: str) -> str:
    """Pass ``host:port`` (``[::1]:6379`` for IPv6); raises ``ValueError``."""
    host, colon, port = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or (":" in bare and bare == host) or set(bare) & set("/@ "):
        raise ValueError("not in the form host:port")
    if not (port.isdecimal() and 0 < int(port) <= LAST_PORT):
        raise ValueError("the port is not between 1 and 65535")
    return address


def masked(url: str) -> str:
    """The URL as it may be shown: no user or password, no query, since hooks keep their tokens there.

    Works on what is no URL as well, for the message that says so.
    """
    head, at, rest = url.rpartition("@")
    if at:
        # A password may hold "://" too, so only what can be a scheme is shown.
        scheme = _SCHEME.match(head)
        rest = f"{scheme[0] if scheme else ''}***@{rest}"
    return _QUERY.sub("?***", rest)


def _split(url: str) -> SplitResult:
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("a URL contains no spaces or control characters")
    return split_url(url)


def _refuse_userinfo(parts: SplitResult) -> None:
    if parts.username is not None or parts.password is not None:
        raise ValueError("this URL must not contain a user or password")
    if parts.fragment:
        raise ValueError("a fragment ('#…') is never sent; remove it")
