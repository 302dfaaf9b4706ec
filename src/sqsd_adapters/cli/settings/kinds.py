"""The types of variables: how a value is read and checked, and what an error says is accepted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from sqsd_adapters.cli.settings import choices
from sqsd_adapters.cli.settings.kept_files import demand_readable
from sqsd_adapters.cli.settings.variables import Kind
from sqsd_adapters.cli.values import urls
from sqsd_adapters.cli.values.durations import format_duration, parse_duration
from sqsd_adapters.cli.values.headers import is_header_value, parse_headers
from sqsd_adapters.cli.values.rates import parse_rate
from sqsd_adapters.cli.values.signing_secrets import parse_secrets
from sqsd_adapters.cli.values.statuses import parse_statuses
from sqsd_adapters.transport.address import Address as WorkerAddress
from sqsd_core import Rate

AUTO = "auto"
MAX_PROCESSES = 256


def _read_seconds(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool):
        raise PydanticCustomError("duration", "not a duration")
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except ValueError:
        raise PydanticCustomError("duration", "not a duration") from None


def _read_choice(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _read_words(value: object) -> object:
    """A choice of several words, whatever blanks stand beside the commas."""
    return ",".join(word.strip() for word in value.lower().split(",")) if isinstance(value, str) else value


def _read_processes(value: object) -> object:
    text = str(value).strip()
    if text.lower() == AUTO:
        return 0
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MAX_PROCESSES):
        raise PydanticCustomError("processes", "not a number of processes")
    return int(text)


def _read_rate(value: object) -> object:
    return value if isinstance(value, Rate) else parse_rate(str(value))


def _read_level(value: object) -> object:
    read = _read_choice(value)
    return "warning" if read == "warn" else read  # Go's loggers, and so taiyoh/sqsd


def _passes(check: Callable[[str], object]) -> AfterValidator:
    """Validate with a function that raises ValueError."""

    def validate(value: str | SecretStr) -> str | SecretStr:
        check(value.get_secret_value() if isinstance(value, SecretStr) else value)
        return value

    return AfterValidator(validate)


def _check_header_value(text: str) -> None:
    if not is_header_value(text):
        raise ValueError("not valid as a header value")


def _check_token(text: str) -> None:
    if " " in text or not is_header_value(text):
        raise ValueError("not valid as a token")


def _open(path: Path) -> None:
    path.open("rb").close()


def _readable(demand: Callable[[Path], None]) -> AfterValidator:
    def validate(path: Path) -> Path:
        try:
            demand(path)
        except OSError as error:
            raise ValueError(error.strerror or "not readable") from None
        return path

    return AfterValidator(validate)


def _check_place(path: Path) -> Path:
    if path.is_dir():
        raise ValueError("it is a directory")
    if not path.absolute().parent.is_dir():
        raise ValueError("its directory does not exist")
    return path


Seconds = Annotated[
    float,
    BeforeValidator(_read_seconds),
    Kind(accepts="a duration such as 60s, 1m30s, 500ms, or a number of seconds,", show=format_duration),
]
QueueUrl = Annotated[
    str,
    _passes(choices.check_queue),
    Kind(
        accepts="https://sqs.<region>.amazonaws.com/<account>/<name>, http://… or memory://<name>",
        show=urls.masked,
    ),
]
HttpUrl = Annotated[
    str, _passes(urls.check_http_url), Kind(accepts="http://host:port or https://host", show=urls.masked)
]
WorkerUrl = Annotated[
    str,
    _passes(WorkerAddress.parse),
    Kind(accepts="http://host:port/path, https://… or http+unix://%2Fpath%2Fof.sock/path", show=urls.masked),
]
RedisUrl = Annotated[
    SecretStr,
    _passes(urls.check_redis_url),
    Kind(accepts="redis://:password@host:port/db, rediss://… for TLS, or unix:///path?db=0"),
]
#: shown as a URL is, since one with a password is easily put there
Address = Annotated[str, _passes(urls.check_address), Kind(accepts="host:port", show=urls.masked)]
Statuses = Annotated[
    str,
    _passes(parse_statuses),
    Kind(accepts="statuses and ranges between 200 and 599, such as 200-299,404"),
]
Headers = Annotated[SecretStr, _passes(parse_headers), Kind(accepts="'Name: value' lines or a JSON object of strings")]
SigningSecrets = Annotated[
    SecretStr,
    _passes(parse_secrets),
    Kind(accepts="whsec_ and 24 to 64 bytes in base64, as `sqsd secret` prints it; a comma between several"),
]
HeaderValue = Annotated[
    str,
    _passes(_check_header_value),
    Kind(accepts="a header value in visible ASCII, such as application/json"),
]
ReadableFile = Annotated[Path, _readable(_open), Kind(accepts="the path of a readable file")]
#: part of the configuration, so that all processes of a parent go by the same content
KeptFile = Annotated[Path, _readable(demand_readable), Kind(accepts="the path of a readable file")]
LockFile = Annotated[
    Path, AfterValidator(_check_place), Kind(accepts="the path of a file in a directory that exists on a local disk")
]
TableName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$"), Kind(accepts="3 to 255 letters, digits, '_', '-' and '.'")
]
Attribute = Annotated[
    str, _passes(choices.check_invoker), Kind(accepts="package.module:attribute, or the name of an installed invoker")
]
Word = Annotated[str, Field(pattern=r"^[!-~]+$"), Kind(accepts="visible ASCII without spaces")]
Token = Annotated[SecretStr, _passes(_check_token), Kind(accepts="visible ASCII without spaces")]
StartRate = Annotated[
    Rate,
    BeforeValidator(_read_rate),
    Kind(accepts="starts per s, m or h, such as 50/s or 3000/m,burst=100"),
]
#: 0 is ``auto``
Processes = Annotated[
    int,
    BeforeValidator(_read_processes),
    Kind(accepts=f"an integer between 1 and {MAX_PROCESSES}, or auto", show=lambda count: str(count or AUTO)),
]
LogLevel = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_read_level)]
LogFormat = Annotated[Literal["text", "json"], BeforeValidator(_read_choice)]
AutoSwitch = Annotated[Literal["auto", "on", "off"], BeforeValidator(_read_choice)]
ContextUse = Annotated[Literal["link", "parent"], BeforeValidator(_read_choice)]
Locker = Annotated[
    str,
    BeforeValidator(_read_choice),
    _passes(choices.check_locker),
    Kind(accepts=f"{', '.join(choices.BUILT_IN_LOCKERS)}, or the name of an installed lock store"),
]
Observers = Annotated[
    str,
    BeforeValidator(_read_choice),
    _passes(choices.check_observers),
    Kind(accepts="names of installed observers; a comma between several"),
]
HttpClient = Annotated[Literal["http11", "httpx"], BeforeValidator(_read_choice)]
Envelope = Annotated[Literal["none", "sns"], BeforeValidator(_read_choice)]
Payload = Annotated[Literal["none", "s3", "s3,delete"], BeforeValidator(_read_words)]
QueueEnsure = Annotated[Literal["off", "check", "create"], BeforeValidator(_read_choice)]
SqsClient = Annotated[Literal["short", "aiobotocore"], BeforeValidator(_read_choice)]
