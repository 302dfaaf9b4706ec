"""The queue's address, and the variables of the worker: what runs the jobs, and how."""

from sqsd_adapters.cli.settings.declared.limits import HALF_DAY
from sqsd_adapters.cli.settings.kinds import (
    Attribute,
    Headers,
    HeaderValue,
    HttpClient,
    QueueUrl,
    ReadableFile,
    Seconds,
    SigningSecrets,
    StartRate,
    Statuses,
    WorkerUrl,
)
from sqsd_adapters.cli.settings.rules import Rules
from sqsd_adapters.cli.settings.variables import variable


class WorkerVariables(Rules):
    """The first of the variables: where messages come from, and what runs them."""

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
        "How long an invocation may wait for the next byte of the worker. At most `INVOKER_TIMEOUT`. EB: "
        "InactivityTimeout",
        None,
        gt=0,
        le=HALF_DAY,
        shown="off",
    )
    INVOKER_CONNECTION_MAX_AGE: Seconds = variable(
        "Maximum age of a kept-alive connection to the worker. A new connection uses the name's current address",
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
        "Maximum time that a message waits for others, so that batches are fuller",
        0.0,
        ge=0,
        le=300,
        option="batch_window",
    )
    INVOKER_RATE: StartRate | None = variable(
        "Maximum rate at which invocations begin: `50/s`, `3000/m`, `10/h`. `50/s,burst=100` lets up to 100 begin at "
        "once",
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
        "Secret that signs each request (Standard Webhooks), from `sqsd secret`. To rotate it, separate several by "
        "commas",
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
