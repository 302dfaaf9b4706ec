"""Message move tasks: dead letters on their way back, step by step, with the time as argument."""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import (
    ErrorCode,
    SqsError,
    invalid_parameter,
    invalid_value_of,
    queue_does_not_exist,
)
from sqsd_adapters.queue.embedded.parameters import json_map
from sqsd_adapters.queue.embedded.place import Arn

MAX_RATE = 500  # SQS: MaxNumberOfMessagesPerSecond
MAX_KEPT = 10  # SQS: ListMessageMoveTasks shows the ten latest tasks of a queue
AT_ONCE = 100  # messages of one step without a rate, so that the event loop gets its turns


class Status(StrEnum):
    """As ListMessageMoveTasks shows them."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


@dataclass(slots=True, kw_only=True)
class MoveTask:
    """One task."""

    id: str
    source_arn: str
    #: None brings each message back to the queue that it came from
    destination_arn: str | None
    #: messages a second; None for as many as possible
    rate: int | None
    #: Unix time, seconds
    started_at: float
    to_move: int
    moved: int = 0
    status: Status = Status.RUNNING
    failure: str | None = None

    @property
    def handle(self) -> str:
        text = json.dumps({"taskId": self.id, "sourceArn": self.source_arn}, separators=(",", ":"))
        return b64encode(text.encode()).decode()

    @property
    def interval(self) -> float:
        """Seconds between two steps."""
        return 0.0 if self.rate is None else 1 / self.rate


class MoveTasks:
    """Starts, lists, cancels and carries out move tasks; the owner of a clock calls ``step``.

    Tasks are not kept over a restart: what was not moved then is still a dead letter.
    """

    def __init__(self, *, engine: Engine, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._new_id = new_id
        self._tasks: dict[str, MoveTask] = {}

    def start(self, source_arn: str, *, destination_arn: str | None, rate: int | None, now: float) -> MoveTask:
        """Begin a task.

        Raises:
            SqsError: ResourceNotFoundException or InvalidParameterValue.
        """
        source = self._name_of(source_arn, "SourceArn")
        if destination_arn is not None:
            self._name_of(destination_arn, "DestinationArn")
        if rate is not None and not 1 <= rate <= MAX_RATE:
            raise invalid_value_of("MaxNumberOfMessagesPerSecond", rate, f"Must be between 1 and {MAX_RATE}.")
        if not self._engine.dead_letter_sources(source):
            raise invalid_parameter("Source queue must be configured as a Dead Letter Queue.")
        if any(task.status is Status.RUNNING for task in self.of(source_arn)):
            raise invalid_parameter(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given "
                "time."
            )
        task = MoveTask(
            id=self._new_id(),
            source_arn=source_arn,
            destination_arn=destination_arn,
            rate=rate,
            started_at=now + self._engine.epoch,
            to_move=self._engine.counts(source, now=now).visible,
        )
        self._keep(task)
        return task

    def of(self, source_arn: str) -> list[MoveTask]:
        """The latest tasks of a dead-letter queue, the newest first."""
        return [task for task in reversed(self._tasks.values()) if task.source_arn == source_arn]

    def listed(self, source_arn: str) -> list[MoveTask]:
        """As ``of``, for a queue that must exist."""
        self._name_of(source_arn, "SourceArn")
        return self.of(source_arn)

    def cancel(self, handle: str) -> MoveTask:
        """End a running task; what it has moved stays moved.

        Raises:
            SqsError: InvalidParameterValue or ResourceNotFoundException.
        """
        task_id, source_arn = _parsed(handle)
        self._name_of(source_arn, "SourceArn")
        task = self._tasks.get(task_id)
        if task is None or task.status is not Status.RUNNING:
            raise SqsError(ErrorCode.RESOURCE_NOT_FOUND, "Task does not exist.")
        task.status = Status.CANCELLED
        return task

    def step(self, task: MoveTask, *, now: float) -> bool:
        """Move what one step of a running task moves; False once the task has ended."""
        try:
            for _ in range(AT_ONCE if task.rate is None else 1):
                if task.status is not Status.RUNNING:
                    break
                self._move_one(task, now)
        except SqsError:
            self._fail(task, "AWS.SimpleQueueService.NonExistentQueue")
        return task.status is Status.RUNNING

    def _move_one(self, task: MoveTask, now: float) -> None:
        source = _name_in(task.source_arn)
        destination = None if task.destination_arn is None else _name_in(task.destination_arn)
        if destination is not None and destination not in self._engine:
            raise queue_does_not_exist()
        origin = self._engine.next_origin(source, now=now)
        if origin is None:
            task.status = Status.COMPLETED
            return
        target = destination or _name_in(origin)
        if not target:
            self._fail(task, "CouldNotDetermineMessageSource")
            return
        self._engine.move_next(source, target, now=now)
        task.moved += 1

    def _fail(self, task: MoveTask, reason: str) -> None:
        task.status, task.failure = Status.FAILED, reason

    def _keep(self, task: MoveTask) -> None:
        for old in self.of(task.source_arn)[MAX_KEPT - 1 :]:
            del self._tasks[old.id]
        self._tasks[task.id] = task

    def _name_of(self, arn: str, parameter: str) -> str:
        parsed = Arn.parse(arn)
        if parsed is None:
            raise invalid_parameter(
                f"You must use this format to specify the {parameter}: "
                "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
            )
        if not parsed.is_in(self._engine.place) or parsed.name not in self._engine:
            raise SqsError(
                ErrorCode.RESOURCE_NOT_FOUND,
                f"The resource that you specified for the {parameter} parameter doesn't exist.",
            )
        return parsed.name


def _name_in(arn: str) -> str:
    return arn.rpartition(":")[2]


def _parsed(handle: str) -> tuple[str, str]:
    try:
        fields = json_map(b64decode(handle, validate=True)) or {}
        return str(fields["taskId"]), str(fields["sourceArn"])
    except (Base64Error, ValueError, KeyError):
        raise invalid_parameter("Value for parameter TaskHandle is invalid.") from None
