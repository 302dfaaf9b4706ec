"""The configuration: one field per variable, with the variable's name; an error names every problem."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from sqsd_adapters.cli.choices import BUILT_IN_LOCKERS, INVOKERS
from sqsd_adapters.cli.problems import Conflict
from sqsd_adapters.cli.rules import Rules, names_no_invoker
from sqsd_adapters.cli.urls import LAST_PORT
from sqsd_adapters.cli.variables import (
    Address,
    Attribute,
    AutoSwitch,
    ContextUse,
    Envelope,
    Headers,
    HeaderValue,
    HttpClient,
    HttpUrl,
    Locker,
    LockFile,
    LogFormat,
    LogLevel,
    Observers,
    Payload,
    Processes,
    QueueEnsure,
    QueueUrl,
    ReadableFile,
    RedisUrl,
    Seconds,
    SigningSecrets,
    SqsClient,
    StartRate,
    Statuses,
    TableName,
    Token,
    Word,
    WorkerUrl,
    variable,
)
from sqsd_core.limits import MAX_BATCH, MAX_VISIBILITY, MAX_WAIT

HALF_DAY = MAX_VISIBILITY  # SQS hides a message for 12 hours at most, so no wait needs to be longer
YEAR = 31_536_000.0  # seconds; a longer duration is a typing error


class Settings(Rules):
    """The settings, by keyword or by environment variable; a keyword overrides the environment.

    ::

        Settings(QUEUE_URL="https://…/orders", INVOKER_PARALLEL_COUNT=16, INVOKER_TIMEOUT=timedelta(minutes=5))

    Keywords have the names of the variables; docs/configuration.md explains each. A value may be text, as in the
    environment, or a Python value: a number, a bool, a ``Path``. A duration is a number of seconds (``90``, ``0.5``), a
    ``timedelta``, or text (``"1m30s"``, ``"500ms"``); the attribute is a float in seconds. A secret may be text; the
    attribute is a ``SecretStr``. An empty variable counts as unset. Settings do not change
    once they are made.

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
        "URL of the queue. A name that ends in `.fifo` is a FIFO queue. `memory://NAME` is a queue in this process. "
        "Another scheme is the name of an installed extension"
    )

    INVOKER_URL: WorkerUrl | None = variable(
        "URL of the worker; each message is a POST request. `http+unix://%2Frun%2Fworker.sock/path` is a Unix socket",
        None,
        shown="required, unless `INVOKER` is set",
    )
    INVOKER: Attribute | None = variable(
        "Python callable or `Invoker` that runs in sqsd's own process, instead of a URL: `package.module:attribute`, "
        "or the name of an installed extension",
        None,
        validate_default=True,
    )
    INVOKER_TIMEOUT: Seconds = variable(
        "Time limit for one invocation, from connecting to the last byte of the answer",
        60.0,
        gt=0,
        le=HALF_DAY,
        option="invoker_timeout",
    )
    INVOKER_CONNECT_TIMEOUT: Seconds = variable(
        "Time limit for connecting to the worker; part of `INVOKER_TIMEOUT`", 5.0, gt=0, le=HALF_DAY
    )
    INVOKER_IDLE_TIMEOUT: Seconds | None = variable(
        "Ends an invocation if the worker sends no byte for so long. At most `INVOKER_TIMEOUT`. EB: InactivityTimeout",
        None,
        gt=0,
        le=HALF_DAY,
        shown="off",
    )
    INVOKER_CONNECTION_MAX_AGE: Seconds = variable(
        "Maximum age of a kept-alive connection to the worker, so that a name whose address changes is followed",
        300.0,
        gt=0,
        le=HALF_DAY,
    )
    INVOKER_PARALLEL_COUNT: int = variable(
        "Number of invocations that run at the same time (slots)", 1, ge=1, le=10_000, option="slots"
    )
    INVOKER_BATCH_SIZE: int = variable(
        "Maximum number of messages per invocation. Above 1, the worker gets them as an event of AWS Lambda",
        1,
        ge=1,
        le=10_000,
        option="batch_size",
    )
    INVOKER_BATCH_WINDOW: Seconds = variable(
        "How long a message waits for others, so that batches are fuller",
        0.0,
        ge=0,
        le=300,
        option="batch_window",
    )
    INVOKER_RATE: StartRate | None = variable(
        "Maximum rate at which invocations begin: `50/s`, `3000/m`, `10/h`. `50/s,burst=100`: so many at once",
        None,
        shown="off",
        option="rate",
    )
    INVOKER_ADAPTIVE: bool = variable(
        "Whether sqsd uses fewer slots while the worker answers 429 or 503 or exceeds time limits",
        default=False,
        option="adaptive",
    )
    INVOKER_SUCCESS_STATUSES: Statuses = variable(
        "HTTP statuses that delete a message: a list with ranges. EB: `200`; taiyoh/sqsd: `200-499`", "200-299"
    )
    INVOKER_CONTENT_TYPE: HeaderValue = variable(
        "`Content-Type` of the request to the worker. EB: MimeType", "application/json"
    )
    INVOKER_HEADERS: Headers | None = variable(
        "Headers added to each request, such as `Authorization`: `Name: value` lines or a JSON object. Never logged",
        None,
    )
    INVOKER_SIGNING_SECRET: SigningSecrets | None = variable(
        "Secret that signs each request (Standard Webhooks), from `sqsd secret`. Several separated by commas: rotation",
        None,
        shown="off",
    )
    INVOKER_CA_FILE: ReadableFile | None = variable(
        "File with the CAs that sqsd trusts when it calls the worker over https", None, shown="the system's CAs"
    )
    INVOKER_CLIENT_CERT: ReadableFile | None = variable(
        "File with the client certificate that sqsd presents to the worker", None
    )
    INVOKER_CLIENT_KEY: ReadableFile | None = variable(
        "File with the private key of `INVOKER_CLIENT_CERT`", None, validate_default=True
    )
    INVOKER_CLIENT: HttpClient = variable("HTTP client for calls to the worker: `http11` or `httpx`", "http11")
    INVOKER_HEALTHCHECK_URL: WorkerUrl | None = variable(
        "URL that must answer 2xx before the first receive, and before receiving resumes after an outage of the worker",
        None,
    )

    FETCHER_PARALLEL_COUNT: int = variable(
        "Maximum number of receive calls that run at the same time. While the queue is empty, one runs",
        1,
        ge=1,
        le=1_000,
        option="receivers",
        of="queue",
    )
    FETCHER_MAX_MESSAGES: int = variable(
        "Maximum number of messages per receive call", 10, ge=1, le=MAX_BATCH, option="max_messages", of="queue"
    )
    FETCHER_WAIT_TIME: Seconds = variable(
        "How long a receive call waits for messages (long poll)",
        20.0,
        ge=0,
        le=MAX_WAIT,
        option="wait_time",
        of="queue",
    )
    FETCHER_INTERVAL: Seconds = variable(
        "Pause between receive calls", 0.0, ge=0, le=HALF_DAY, option="interval", of="queue"
    )

    VISIBILITY_TIMEOUT: Seconds = variable(
        "How long SQS hides a received message. A running job extends it: it may be shorter than `INVOKER_TIMEOUT`",
        60.0,
        ge=1,
        le=HALF_DAY,
        option="visibility_timeout",
        of="queue",
    )
    ERROR_VISIBILITY_TIMEOUT: Seconds = variable(
        "Delay before the first retry of a failed message. Doubles with each receive, with jitter from the second on",
        2.0,
        ge=0,
        le=HALF_DAY,
        option="error_visibility_timeout",
        of="queue",
    )
    ERROR_VISIBILITY_TIMEOUT_MAX: Seconds = variable(
        "Maximum of the retry delay. Equal to `ERROR_VISIBILITY_TIMEOUT`: a fixed delay, as in EB",
        900.0,
        ge=0,
        le=HALF_DAY,
        validate_default=True,
        option="error_visibility_timeout_max",
        of="queue",
    )
    DRAIN_TIMEOUT: Seconds = variable(
        "How long running jobs may continue after a signal to stop",
        None,
        ge=0,
        le=HALF_DAY,
        validate_default=True,
        shown="`INVOKER_TIMEOUT`",
        option="drain_timeout",
        of="daemon",
    )

    LOCK_EXPIRE: Seconds = variable(
        "How long sqsd remembers that a message is done, so that a duplicate is deleted and not run",
        86_400.0,
        gt=0,
        le=YEAR,
        option="lock_expire",
        of="queue",
    )
    UNLOCK_INTERVAL: Seconds = variable(
        "How often expired locks are removed", 60.0, gt=0, le=YEAR, option="unlock_interval", of="queue"
    )
    REDIS_LOCKER_HOST: Address | None = variable(
        "Address of Redis for locks that several daemons share: `host:port`", None
    )
    REDIS_LOCKER_URL: RedisUrl | None = variable(
        "URL of Redis, instead of `REDIS_LOCKER_HOST`: `redis://`, `rediss://` (TLS) or `unix://`; may hold a password",
        None,
    )
    REDIS_LOCKER_DBNAME: int | None = variable(
        "Number of the Redis database for locks", None, ge=0, le=1_000_000, shown="`0`"
    )
    REDIS_LOCKER_KEYNAME: Word | None = variable("Prefix of the lock keys in Redis", None, shown="`sqsd`")
    SQLITE_LOCKER_PATH: LockFile | None = variable(
        "File of the locks that the daemons of one host share; its directory must exist, on a local disk", None
    )
    DYNAMODB_LOCKER_TABLE: TableName | None = variable("DynamoDB table of the locks that several daemons share", None)
    DYNAMODB_LOCKER_CREATE: bool = variable(
        "Create `DYNAMODB_LOCKER_TABLE` at start if it does not exist", default=False
    )
    LOCKER: Locker = variable(
        f"Where locks are kept: {', '.join(f'`{name}`' for name in BUILT_IN_LOCKERS)}, or the name of an installed "
        "extension",
        None,
        validate_default=True,
        shown="`memory`, or the store whose address is set",
    )
    LOCKER_REQUIRED: bool = variable(
        "Whether sqsd stops receiving while the lock store cannot be reached. `false`: it continues without locks",
        default=False,
        option="locker_required",
        of="queue",
    )

    BREAKER_FAILURES: int = variable(
        "Number of consecutive failures to reach the worker that stop receiving (breaker)",
        5,
        ge=1,
        le=1_000_000,
        option="breaker_failures",
        of="worker",
    )
    BREAKER_COOLDOWN: Seconds = variable(
        "Pause before sqsd tries an unreachable worker again. It doubles with each failed try",
        1.0,
        gt=0,
        le=HALF_DAY,
        option="breaker_cooldown",
        of="worker",
    )
    BREAKER_COOLDOWN_MAX: Seconds = variable(
        "Maximum of the pause that starts at `BREAKER_COOLDOWN`",
        30.0,
        gt=0,
        le=HALF_DAY,
        validate_default=True,
        option="breaker_cooldown_max",
        of="worker",
    )

    MONITORING_PORT: int = variable("Port of the gRPC monitor. `-1` turns the monitor off", 6969, ge=-1, le=LAST_PORT)
    MONITORING_HOST: Word = variable("Address that the gRPC monitor listens on", "127.0.0.1")
    MONITORING_TLS_CERT: ReadableFile | None = variable(
        "File with the TLS certificate of the gRPC monitor", None, shown="off"
    )
    MONITORING_TLS_KEY: ReadableFile | None = variable(
        "File with the private key of `MONITORING_TLS_CERT`", None, validate_default=True
    )
    MONITORING_TLS_CLIENT_CA: ReadableFile | None = variable(
        "File with the CAs of client certificates. Clients of the gRPC monitor must present one (mutual TLS)", None
    )
    MONITORING_TOKEN: Token | None = variable(
        "Bearer token that clients of the gRPC monitor must send", None, shown="off"
    )
    MONITORING_RECEIPTS: bool = variable(
        "Whether the gRPC monitor shows the receipt handles of tasks",
        None,
        validate_default=True,
        shown="`true` on loopback, else `false`",
    )
    PROBE_PORT: int = variable(
        "Port of the HTTP probes `/livez`, `/readyz` and `/metrics`. `-1` turns the probes off", -1, ge=-1, le=LAST_PORT
    )
    PROBE_HOST: Word = variable("Address that the HTTP probes listen on", "127.0.0.1")

    HISTORY_SIZE: int = variable(
        "Number of messages that sqsd remembers for `sqsd why`, failed ones longest. `0` turns the history off",
        10_000,
        ge=0,
        le=100_000,
        of="daemon",
    )
    HISTORY_FILE: LockFile | None = variable(
        "File that keeps the history over restarts; its directory must exist, on a local disk. One daemon per file",
        None,
        of="daemon",
    )
    OBSERVERS: Observers | None = variable(
        "Installed extensions that are told of each receive, start, end and deletion; a comma between several",
        None,
        of="daemon",
    )

    OPENTELEMETRY: AutoSwitch = variable(
        "Whether spans and metrics are exported. `auto`: if an `OTEL_*` variable names an exporter or an endpoint",
        "auto",
        of="daemon",
    )
    OPENTELEMETRY_CONTEXT: ContextUse = variable(
        "How the span of a message refers to the span of its sender: `link`, or `parent` (one trace)",
        "link",
        of="daemon",
    )
    ECS_TASK_PROTECTION: AutoSwitch = variable(
        "Protects the ECS task from scale-in while it holds messages. `auto`: if ECS set `ECS_AGENT_URI`",
        "auto",
        of="daemon",
    )

    CRON_FILE: ReadableFile | None = variable(
        "File with periodic tasks: EB's `cron.yaml`. SIGUSR1 makes sqsd read it again", None, of="queue"
    )
    MESSAGE_ENVELOPE: Envelope = variable(
        "`sns`: take each message out of the envelope that SNS puts around it without raw message delivery",
        "none",
        of="queue",
    )
    MESSAGE_PAYLOAD: Payload = variable(
        "`s3`: fetch a body that the SQS Extended Client left in S3. `s3,delete`: delete it from S3 after the message",
        "none",
        of="queue",
    )
    MESSAGE_PAYLOAD_MAX: int = variable(
        "Maximum number of bytes of a body that is fetched from S3",
        67_108_864,
        ge=1,
        le=2_147_483_648,
        of="queue",
    )
    QUEUE_ENSURE: QueueEnsure = variable(
        "`check`: do not start on a queue without a redrive policy. `create`: create the queue and its dead-letter "
        "queue where they are missing",
        "off",
        of="queue",
    )

    PROCESSES: Processes = variable(
        "Number of processes of these settings under one parent, or `auto`: one per core. `INVOKER_PARALLEL_COUNT` and "
        "the other limits are per process",
        1,
        of="daemon",
    )

    SQS_CLIENT: SqsClient = variable(
        "Client for receive, delete and extend calls: `short` (sqsd's own, less CPU) or `aiobotocore` (the AWS SDK)",
        "short",
        of="queue",
    )
    SQS_ENDPOINT_URL: HttpUrl | None = variable(
        "URL of an SQS-compatible server, such as ElasticMQ, LocalStack or moto", None, of="queue"
    )
    AWS_REGION: Word | None = variable(
        "AWS region of the queue", None, shown="from `QUEUE_URL`, else from the AWS SDK's configuration", of="queue"
    )

    LOG_LEVEL: LogLevel = variable(
        "Lowest level that is logged: `debug`, `info`, `warning`, `error` or `critical`", "info"
    )
    LOG_FORMAT: LogFormat | None = variable(
        "Format of log lines: `text` or `json`", None, shown="`text` on a terminal, else `json`"
    )
    LOG_ANSWERS: int = variable(
        "Bytes of a failed answer's body to log and to keep in the history. An answer may quote the message: it is off",
        0,
        ge=0,
        le=4_096,
    )

    # pydantic's own would accept only what the attributes are: no text for a duration, a secret or a path
    def __init__(self, **variables: Any) -> None:  # noqa: ANN401 - whatever the variable of that name accepts
        super().__init__(**variables)

    def __repr_args__(self) -> Iterable[tuple[str, str]]:
        return self.shown().items()


class Environment(Settings):
    """The settings that the command reads: they must name an invoker, because no code passes one."""

    @field_validator("INVOKER")
    @classmethod
    def _demand_an_invoker(cls, value: str | None, info: ValidationInfo) -> str | None:
        if names_no_invoker(value, info.data):
            raise Conflict(f"no invoker configured: set {' or '.join(INVOKERS)}")
        return value
