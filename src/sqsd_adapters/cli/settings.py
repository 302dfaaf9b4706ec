"""The configuration: one field a variable, under the variable's own name; every problem is named at once."""

from collections.abc import Iterable

from pydantic import ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from sqsd_adapters.cli.problems import Conflict
from sqsd_adapters.cli.rules import Rules
from sqsd_adapters.cli.urls import LAST_PORT
from sqsd_adapters.cli.variables import (
    Address,
    Attribute,
    Headers,
    HeaderValue,
    HttpClient,
    HttpUrl,
    Locker,
    LogFormat,
    LogLevel,
    QueueUrl,
    ReadableFile,
    RedisUrl,
    Seconds,
    Secret,
    SqsClient,
    Statuses,
    Token,
    Word,
    WorkerUrl,
    show,
    variable,
)
from sqsd_core.ports.queue import MAX_BATCH, MAX_VISIBILITY, MAX_WAIT

HALF_DAY = MAX_VISIBILITY  # nothing is worth waiting for longer than a message can be hidden
YEAR = 31_536_000.0  # seconds; a longer duration is a slip of the pen


class Settings(Rules):
    """What can be configured, by keyword or by environment variable; a keyword wins.

    An empty variable is as good as not set.

    Raises:
        ConfigurationError: names every problem, and shows no secret.
    """

    model_config = SettingsConfigDict(
        case_sensitive=True,
        # the command only ever makes an Environment: one schema to build, not two
        defer_build=True,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    QUEUE_URL: QueueUrl = variable(
        "the queue; a name ending in `.fifo` is a FIFO queue; `memory://NAME` is the embedded queue"
    )

    INVOKER_URL: WorkerUrl | None = variable(
        "where messages are POSTed; `http+unix://%2Frun%2Fworker.sock/path` is a unix socket",
        None,
        shown="required, unless `INVOKER` is set",
    )
    INVOKER: Attribute | None = variable(
        "`package.module:attribute`, a Python callable or `Invoker`, run in this process",
        None,
        validate_default=True,
    )
    INVOKER_TIMEOUT: Seconds = variable(
        "the whole time one invocation may take, from connect to the last byte", 60.0, gt=0, le=HALF_DAY
    )
    INVOKER_CONNECT_TIMEOUT: Seconds = variable("the part of it that connecting may take", 5.0, gt=0, le=HALF_DAY)
    INVOKER_PARALLEL_COUNT: int = variable("invocations side by side", 1, ge=1, le=10_000)
    INVOKER_SUCCESS_STATUSES: Statuses = variable(
        "the statuses that delete a message, a list with ranges; EB: `200`; taiyoh/sqsd: `200-499`", "200-299"
    )
    INVOKER_CONTENT_TYPE: HeaderValue = variable("`Content-Type` of the request; EB's MimeType", "application/json")
    INVOKER_HEADERS: Headers | None = variable(
        "static headers, `Name: value` lines or a JSON object, e.g. an `Authorization`; never logged",
        None,
    )
    INVOKER_HMAC_SECRET: Secret | None = variable(
        "signs each request; two secrets separated by a comma sign twice", None, shown="off"
    )
    INVOKER_HMAC_HEADER: Word = variable("the header that carries the signature", "X-Sqsd-Signature")
    INVOKER_CA_FILE: ReadableFile | None = variable(
        "CAs that the worker's certificate is verified with", None, shown="the system's CAs"
    )
    INVOKER_CLIENT_CERT: ReadableFile | None = variable("certificate shown to the worker", None)
    INVOKER_CLIENT_KEY: ReadableFile | None = variable("its key", None, validate_default=True)
    INVOKER_CLIENT: HttpClient = variable("the transport: `http11`, or `httpx`", "http11")
    INVOKER_HEALTHCHECK_URL: WorkerUrl | None = variable(
        "must answer 2xx before the first receive, and is the breaker's probe", None
    )

    FETCHER_PARALLEL_COUNT: int = variable(
        "at most this many receives side by side; one while the queue is empty", 1, ge=1, le=1_000
    )
    FETCHER_MAX_MESSAGES: int = variable("messages a receive", 10, ge=1, le=MAX_BATCH)
    FETCHER_WAIT_TIME: Seconds = variable("long poll", 20.0, ge=0, le=MAX_WAIT)
    FETCHER_INTERVAL: Seconds = variable("pause between receives", 0.0, ge=0, le=HALF_DAY)

    VISIBILITY_TIMEOUT: Seconds = variable(
        "set on every receive and extended by every heartbeat, so independent of `INVOKER_TIMEOUT`",
        60.0,
        ge=1,
        le=HALF_DAY,
    )
    ERROR_VISIBILITY_TIMEOUT: Seconds = variable(
        "back-off of the first failure; doubles with the receive count, full jitter above the first",
        2.0,
        ge=0,
        le=HALF_DAY,
    )
    ERROR_VISIBILITY_TIMEOUT_MAX: Seconds = variable(
        "its cap; equal to the former: EB's fixed value", 900.0, ge=0, le=HALF_DAY, validate_default=True
    )
    DRAIN_TIMEOUT: Seconds = variable(
        "how long running jobs get after a signal",
        None,
        ge=0,
        le=HALF_DAY,
        validate_default=True,
        shown="`INVOKER_TIMEOUT`",
    )

    LOCK_EXPIRE: Seconds = variable("how long *done* is remembered", 86_400.0, gt=0, le=YEAR)
    UNLOCK_INTERVAL: Seconds = variable("how often expired entries are swept", 60.0, gt=0, le=YEAR)
    REDIS_LOCKER_HOST: Address | None = variable("`host:port`", None)
    REDIS_LOCKER_URL: RedisUrl | None = variable(
        "`redis://`, `rediss://`, `unix://`, with password; instead of `REDIS_LOCKER_HOST`", None
    )
    REDIS_LOCKER_DBNAME: int | None = variable("number of the database", None, ge=0, le=1_000_000, shown="`0`")
    REDIS_LOCKER_KEYNAME: Word | None = variable("prefix of the keys", None, shown="`sqsd`")
    LOCKER: Locker = variable(
        "`memory`, `redis`, `none`",
        None,
        validate_default=True,
        shown="`memory`, or `redis` when its address is set",
    )
    LOCKER_REQUIRED: bool = variable("stop receiving while the lock store cannot be reached", default=False)

    BREAKER_FAILURES: int = variable("unreachable workers in a row that stop receiving", 5, ge=1, le=1_000_000)
    BREAKER_COOLDOWN: Seconds = variable("pause before the first try after that; doubles", 1.0, gt=0, le=HALF_DAY)
    BREAKER_COOLDOWN_MAX: Seconds = variable("its cap", 30.0, gt=0, le=HALF_DAY, validate_default=True)

    MONITORING_PORT: int = variable("gRPC; `-1` turns it off", 6969, ge=-1, le=LAST_PORT)
    MONITORING_HOST: Word = variable("address it listens on", "127.0.0.1")
    MONITORING_TLS_CERT: ReadableFile | None = variable("TLS: certificate", None, shown="off")
    MONITORING_TLS_KEY: ReadableFile | None = variable("TLS: key", None, validate_default=True)
    MONITORING_TLS_CLIENT_CA: ReadableFile | None = variable("mutual TLS: CAs of the clients", None)
    MONITORING_TOKEN: Token | None = variable("bearer token that clients must send", None, shown="off")
    MONITORING_RECEIPTS: bool = variable(
        "whether the tasks of the gRPC monitor show receipt handles",
        None,
        validate_default=True,
        shown="`true` on loopback, else `false`",
    )
    PROBE_PORT: int = variable("HTTP `/livez`, `/readyz`, `/metrics`; `-1` is off", -1, ge=-1, le=LAST_PORT)
    PROBE_HOST: Word = variable("address it listens on", "127.0.0.1")

    CRON_FILE: ReadableFile | None = variable("EB's `cron.yaml`", None)

    SQS_CLIENT: SqsClient = variable("`short` or `aiobotocore`: whether the hot calls take the short path", "short")
    SQS_ENDPOINT_URL: HttpUrl | None = variable("ElasticMQ, LocalStack, moto …", None)
    AWS_REGION: Word | None = variable(
        "region of the queue", None, shown="from the queue's URL, else the AWS SDK's own chain"
    )

    LOG_LEVEL: LogLevel = variable("`debug`, `info`, `warning`, `error`, `critical`", "info")
    LOG_FORMAT: LogFormat | None = variable("`text` or `json`", None, shown="`text` on a terminal, else `json`")

    def shown(self) -> dict[str, str]:
        """The effective values in the form in which they are written, secrets masked, empty where not set."""
        return {name: show(field, getattr(self, name)) for name, field in type(self).model_fields.items()}

    def __repr_args__(self) -> Iterable[tuple[str, str]]:
        return self.shown().items()


class Environment(Settings):
    """What the command reads: someone to hand messages to must be named, as no code brings one along."""

    @field_validator("INVOKER")
    @classmethod
    def _demand_an_invoker(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("INVOKER_URL", "") is None:
            raise Conflict("nobody to hand messages to; set INVOKER_URL or INVOKER")
        return value
