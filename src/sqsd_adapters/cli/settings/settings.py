"""The configuration: one field per variable, with the variable's name; an error names every problem."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationInfo, field_validator

from sqsd_adapters.cli.settings.choices import INVOKERS
from sqsd_adapters.cli.settings.declared.watching import WatchingVariables
from sqsd_adapters.cli.settings.kinds import (
    Envelope,
    HttpUrl,
    KeptFile,
    LogFormat,
    LogLevel,
    Payload,
    Processes,
    QueueEnsure,
    SqsClient,
    Word,
)
from sqsd_adapters.cli.settings.problems import Conflict
from sqsd_adapters.cli.settings.rules import names_no_invoker
from sqsd_adapters.cli.settings.variables import variable


class Settings(WatchingVariables):
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

    CRON_FILE: KeptFile | None = variable(
        "File with periodic tasks: EB's `cron.yaml`. SIGUSR1 makes sqsd read it again", None, of="queue"
    )
    MESSAGE_ENVELOPE: Envelope = variable(
        "`sns`: take each message out of the envelope that SNS puts around it without raw message delivery",
        "none",
        of="queue",
    )
    MESSAGE_PAYLOAD: Payload = variable(
        "`s3`: fetch a body that the SQS Extended Client left in S3. `s3,delete`: also delete it after the message "
        "is deleted",
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
        "Number of daemon processes under one parent, or `auto`: one per core. `INVOKER_PARALLEL_COUNT` and the other "
        "limits are per process",
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
        "Number of bytes of a failed answer's body to log and to keep in the history. Off by default, because an "
        "answer may quote the message",
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
