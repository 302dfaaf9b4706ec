"""Which variable stands in which table of ``sqsd.toml``, and under which key."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from sqsd_adapters.cli.settings.choices import INVOKERS
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.settings.variables import Kind, told, variable
from sqsd_adapters.transport.address import request_target

WORKER_PREFIX = "INVOKER_"


def variables_of(table: str) -> Sequence[str]:
    """The variables whose declaration names the table."""
    return [name for name, field in Settings.model_fields.items() if told(field, "of") == table]


#: the keys of each kind of table, and their variables
WORKER_KEYS: Mapping[str, str] = {
    "invoker": "INVOKER",
    **{
        name.removeprefix(WORKER_PREFIX).lower(): name
        for name in Settings.model_fields
        if name.startswith(WORKER_PREFIX)
    },
    **{name.lower(): name for name in variables_of("worker")},
}
QUEUE_KEYS: Mapping[str, str] = {"url": "QUEUE_URL", **{name.lower(): name for name in variables_of("queue")}}
#: what belongs to one queue or worker alone, and so has no default for all
OF_ONE = {"QUEUE_URL", "CRON_FILE", *INVOKERS}
#: the defaults for all tables, and what there is one of
TOP_KEYS: Mapping[str, str] = {name.lower(): name for name in Settings.model_fields if name not in OF_ONE}


def _check_path(path: str) -> str:
    request_target(path)
    return path


class Own(BaseModel):
    """The keys of a table that are no variables."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class WorkerOwn(Own):
    """Of a worker's table."""

    sharing: Literal["weighted", "strict"] = variable("How the queues of the worker share it", "weighted")


class QueueOwn(Own):
    """Of a queue's table."""

    worker: str = variable("Name of the worker that runs the messages")
    weight: float = variable("Share of the worker, against those of its other queues", 1.0, gt=0, le=1_000_000)
    path: (
        Annotated[str, AfterValidator(_check_path), Kind(accepts="a path that begins with /, such as /mails")] | None
    ) = variable("Path of the requests, in place of the one in the worker's URL", None)
