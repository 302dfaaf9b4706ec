import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CurrentWorkingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Task(_message.Message):
    __slots__ = ("id", "receipt", "started_at", "queue", "sent_at", "receive_count", "time_limit")
    ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TIME_LIMIT_FIELD_NUMBER: _ClassVar[int]
    id: str
    receipt: str
    started_at: _timestamp_pb2.Timestamp
    queue: str
    sent_at: _timestamp_pb2.Timestamp
    receive_count: int
    time_limit: _duration_pb2.Duration
    def __init__(self, id: _Optional[str] = ..., receipt: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., queue: _Optional[str] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receive_count: _Optional[int] = ..., time_limit: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CurrentWorkingsResponse(_message.Message):
    __slots__ = ("tasks",)
    TASKS_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    def __init__(self, tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ("tasks",)
    TASKS_FIELD_NUMBER: _ClassVar[int]
    tasks: int
    def __init__(self, tasks: _Optional[int] = ...) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: Status
    def __init__(self, status: _Optional[_Union[Status, _Mapping]] = ...) -> None: ...

class WatchStatusRequest(_message.Message):
    __slots__ = ("interval", "tasks")
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    interval: _duration_pb2.Duration
    tasks: int
    def __init__(self, interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tasks: _Optional[int] = ...) -> None: ...

class WatchStatusResponse(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: Status
    def __init__(self, status: _Optional[_Union[Status, _Mapping]] = ...) -> None: ...

class Status(_message.Message):
    __slots__ = ("version", "instance", "started_at", "at", "ready", "draining", "reasons", "queues", "workers", "tasks_in_flight", "tasks", "processes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    TASKS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    PROCESSES_FIELD_NUMBER: _ClassVar[int]
    version: str
    instance: str
    started_at: _timestamp_pb2.Timestamp
    at: _timestamp_pb2.Timestamp
    ready: bool
    draining: bool
    reasons: _containers.RepeatedCompositeFieldContainer[Reason]
    queues: _containers.RepeatedCompositeFieldContainer[Queue]
    workers: _containers.RepeatedCompositeFieldContainer[Worker]
    tasks_in_flight: int
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    processes: _containers.RepeatedCompositeFieldContainer[Process]
    def __init__(self, version: _Optional[str] = ..., instance: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ready: bool = ..., draining: bool = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ..., queues: _Optional[_Iterable[_Union[Queue, _Mapping]]] = ..., workers: _Optional[_Iterable[_Union[Worker, _Mapping]]] = ..., tasks_in_flight: _Optional[int] = ..., tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ..., processes: _Optional[_Iterable[_Union[Process, _Mapping]]] = ...) -> None: ...

class Process(_message.Message):
    __slots__ = ("number", "pid", "restarts", "ready", "draining", "slots", "busy", "buffered")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    BUSY_FIELD_NUMBER: _ClassVar[int]
    BUFFERED_FIELD_NUMBER: _ClassVar[int]
    number: int
    pid: int
    restarts: int
    ready: bool
    draining: bool
    slots: int
    busy: int
    buffered: int
    def __init__(self, number: _Optional[int] = ..., pid: _Optional[int] = ..., restarts: _Optional[int] = ..., ready: bool = ..., draining: bool = ..., slots: _Optional[int] = ..., busy: _Optional[int] = ..., buffered: _Optional[int] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("reason", "text", "why", "where", "healthy", "since", "until")
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    HEALTHY_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    reason: str
    text: str
    why: str
    where: str
    healthy: bool
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., text: _Optional[str] = ..., why: _Optional[str] = ..., where: _Optional[str] = ..., healthy: bool = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Queue(_message.Message):
    __slots__ = ("name", "sqs_name", "worker", "in_flight", "buffered", "kept", "max_receive_count", "depth", "totals", "recent", "causes", "lock_store", "lock_store_answers")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SQS_NAME_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    BUFFERED_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    MAX_RECEIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    RECENT_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    LOCK_STORE_FIELD_NUMBER: _ClassVar[int]
    LOCK_STORE_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    sqs_name: str
    worker: str
    in_flight: int
    buffered: int
    kept: int
    max_receive_count: int
    depth: Depth
    totals: Totals
    recent: Recent
    causes: _containers.RepeatedCompositeFieldContainer[Cause]
    lock_store: str
    lock_store_answers: bool
    def __init__(self, name: _Optional[str] = ..., sqs_name: _Optional[str] = ..., worker: _Optional[str] = ..., in_flight: _Optional[int] = ..., buffered: _Optional[int] = ..., kept: _Optional[int] = ..., max_receive_count: _Optional[int] = ..., depth: _Optional[_Union[Depth, _Mapping]] = ..., totals: _Optional[_Union[Totals, _Mapping]] = ..., recent: _Optional[_Union[Recent, _Mapping]] = ..., causes: _Optional[_Iterable[_Union[Cause, _Mapping]]] = ..., lock_store: _Optional[str] = ..., lock_store_answers: bool = ...) -> None: ...

class Depth(_message.Message):
    __slots__ = ("visible", "in_flight", "delayed", "at", "trend", "age")
    VISIBLE_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    DELAYED_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    TREND_FIELD_NUMBER: _ClassVar[int]
    AGE_FIELD_NUMBER: _ClassVar[int]
    visible: int
    in_flight: int
    delayed: int
    at: _timestamp_pb2.Timestamp
    trend: float
    age: _duration_pb2.Duration
    def __init__(self, visible: _Optional[int] = ..., in_flight: _Optional[int] = ..., delayed: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trend: _Optional[float] = ..., age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Totals(_message.Message):
    __slots__ = ("outcomes", "receives", "empty_receives", "received", "retries", "dead_letters", "duplicates", "held_elsewhere", "deleted", "undeleted", "cut_off", "sqs_calls", "sqs_errors")
    class OutcomesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class SqsCallsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class SqsErrorsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    RECEIVES_FIELD_NUMBER: _ClassVar[int]
    EMPTY_RECEIVES_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    RETRIES_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTERS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    HELD_ELSEWHERE_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    UNDELETED_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_FIELD_NUMBER: _ClassVar[int]
    SQS_CALLS_FIELD_NUMBER: _ClassVar[int]
    SQS_ERRORS_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.ScalarMap[str, int]
    receives: int
    empty_receives: int
    received: int
    retries: int
    dead_letters: int
    duplicates: int
    held_elsewhere: int
    deleted: int
    undeleted: int
    cut_off: int
    sqs_calls: _containers.ScalarMap[str, int]
    sqs_errors: _containers.ScalarMap[str, int]
    def __init__(self, outcomes: _Optional[_Mapping[str, int]] = ..., receives: _Optional[int] = ..., empty_receives: _Optional[int] = ..., received: _Optional[int] = ..., retries: _Optional[int] = ..., dead_letters: _Optional[int] = ..., duplicates: _Optional[int] = ..., held_elsewhere: _Optional[int] = ..., deleted: _Optional[int] = ..., undeleted: _Optional[int] = ..., cut_off: _Optional[int] = ..., sqs_calls: _Optional[_Mapping[str, int]] = ..., sqs_errors: _Optional[_Mapping[str, int]] = ...) -> None: ...

class Recent(_message.Message):
    __slots__ = ("window", "ended", "failed", "wait", "invocation", "step", "points")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    INVOCATION_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    window: _duration_pb2.Duration
    ended: int
    failed: int
    wait: Percentiles
    invocation: Percentiles
    step: _duration_pb2.Duration
    points: _containers.RepeatedCompositeFieldContainer[Point]
    def __init__(self, window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., ended: _Optional[int] = ..., failed: _Optional[int] = ..., wait: _Optional[_Union[Percentiles, _Mapping]] = ..., invocation: _Optional[_Union[Percentiles, _Mapping]] = ..., step: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ...) -> None: ...

class Percentiles(_message.Message):
    __slots__ = ("count", "p50", "p90", "p99")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    P50_FIELD_NUMBER: _ClassVar[int]
    P90_FIELD_NUMBER: _ClassVar[int]
    P99_FIELD_NUMBER: _ClassVar[int]
    count: int
    p50: float
    p90: float
    p99: float
    def __init__(self, count: _Optional[int] = ..., p50: _Optional[float] = ..., p90: _Optional[float] = ..., p99: _Optional[float] = ...) -> None: ...

class Point(_message.Message):
    __slots__ = ("ended", "failed")
    ENDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    ended: int
    failed: int
    def __init__(self, ended: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class Cause(_message.Message):
    __slots__ = ("reason", "count", "recent")
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    RECENT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    count: int
    recent: int
    def __init__(self, reason: _Optional[str] = ..., count: _Optional[int] = ..., recent: _Optional[int] = ...) -> None: ...

class Worker(_message.Message):
    __slots__ = ("name", "slots", "busy", "buffered", "breaker", "queues", "totals", "recent", "time_limit", "usable", "rate")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    BUSY_FIELD_NUMBER: _ClassVar[int]
    BUFFERED_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    RECENT_FIELD_NUMBER: _ClassVar[int]
    TIME_LIMIT_FIELD_NUMBER: _ClassVar[int]
    USABLE_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    slots: int
    busy: int
    buffered: int
    breaker: Breaker
    queues: _containers.RepeatedScalarFieldContainer[str]
    totals: Totals
    recent: Recent
    time_limit: _duration_pb2.Duration
    usable: int
    rate: str
    def __init__(self, name: _Optional[str] = ..., slots: _Optional[int] = ..., busy: _Optional[int] = ..., buffered: _Optional[int] = ..., breaker: _Optional[_Union[Breaker, _Mapping]] = ..., queues: _Optional[_Iterable[str]] = ..., totals: _Optional[_Union[Totals, _Mapping]] = ..., recent: _Optional[_Union[Recent, _Mapping]] = ..., time_limit: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., usable: _Optional[int] = ..., rate: _Optional[str] = ...) -> None: ...

class Breaker(_message.Message):
    __slots__ = ("state", "since", "failures", "reason", "next_probe_at")
    STATE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NEXT_PROBE_AT_FIELD_NUMBER: _ClassVar[int]
    state: str
    since: _timestamp_pb2.Timestamp
    failures: int
    reason: str
    next_probe_at: _timestamp_pb2.Timestamp
    def __init__(self, state: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failures: _Optional[int] = ..., reason: _Optional[str] = ..., next_probe_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PauseRequest(_message.Message):
    __slots__ = ("queue",)
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    FOR_FIELD_NUMBER: _ClassVar[int]
    queue: str
    def __init__(self, queue: _Optional[str] = ..., **kwargs) -> None: ...

class PauseResponse(_message.Message):
    __slots__ = ("paused",)
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    paused: _containers.RepeatedCompositeFieldContainer[Reason]
    def __init__(self, paused: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ...) -> None: ...

class ResumeRequest(_message.Message):
    __slots__ = ("queue",)
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    queue: str
    def __init__(self, queue: _Optional[str] = ...) -> None: ...

class ResumeResponse(_message.Message):
    __slots__ = ("paused",)
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    paused: _containers.RepeatedCompositeFieldContainer[Reason]
    def __init__(self, paused: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ...) -> None: ...

class FindMessagesRequest(_message.Message):
    __slots__ = ("id", "queue", "failed", "cause", "dead", "limit", "page")
    ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DEAD_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    queue: str
    failed: bool
    cause: str
    dead: bool
    limit: int
    page: int
    def __init__(self, id: _Optional[str] = ..., queue: _Optional[str] = ..., failed: bool = ..., cause: _Optional[str] = ..., dead: bool = ..., limit: _Optional[int] = ..., page: _Optional[int] = ...) -> None: ...

class FindMessagesResponse(_message.Message):
    __slots__ = ("messages", "causes", "next_page", "instance", "since", "remembered", "size")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    REMEMBERED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Life]
    causes: _containers.RepeatedCompositeFieldContainer[FailureCause]
    next_page: int
    instance: str
    since: _timestamp_pb2.Timestamp
    remembered: int
    size: int
    def __init__(self, messages: _Optional[_Iterable[_Union[Life, _Mapping]]] = ..., causes: _Optional[_Iterable[_Union[FailureCause, _Mapping]]] = ..., next_page: _Optional[int] = ..., instance: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remembered: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class Life(_message.Message):
    __slots__ = ("id", "queue", "dead_letter_queue", "sent_at", "size", "group_id", "events", "forgotten")
    ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTER_QUEUE_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    FORGOTTEN_FIELD_NUMBER: _ClassVar[int]
    id: str
    queue: str
    dead_letter_queue: str
    sent_at: _timestamp_pb2.Timestamp
    size: int
    group_id: str
    events: _containers.RepeatedCompositeFieldContainer[LifeEvent]
    forgotten: int
    def __init__(self, id: _Optional[str] = ..., queue: _Optional[str] = ..., dead_letter_queue: _Optional[str] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., size: _Optional[int] = ..., group_id: _Optional[str] = ..., events: _Optional[_Iterable[_Union[LifeEvent, _Mapping]]] = ..., forgotten: _Optional[int] = ...) -> None: ...

class LifeEvent(_message.Message):
    __slots__ = ("kind", "at", "receive_count", "by", "duration", "outcome", "reason", "answer", "again", "last")
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    AGAIN_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    kind: str
    at: _timestamp_pb2.Timestamp
    receive_count: int
    by: str
    duration: float
    outcome: str
    reason: str
    answer: str
    again: float
    last: bool
    def __init__(self, kind: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receive_count: _Optional[int] = ..., by: _Optional[str] = ..., duration: _Optional[float] = ..., outcome: _Optional[str] = ..., reason: _Optional[str] = ..., answer: _Optional[str] = ..., again: _Optional[float] = ..., last: bool = ...) -> None: ...

class FailureCause(_message.Message):
    __slots__ = ("reason", "messages", "dead", "recovered", "latest", "samples")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    DEAD_FIELD_NUMBER: _ClassVar[int]
    RECOVERED_FIELD_NUMBER: _ClassVar[int]
    LATEST_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    reason: str
    messages: int
    dead: int
    recovered: int
    latest: _timestamp_pb2.Timestamp
    samples: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, reason: _Optional[str] = ..., messages: _Optional[int] = ..., dead: _Optional[int] = ..., recovered: _Optional[int] = ..., latest: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., samples: _Optional[_Iterable[str]] = ...) -> None: ...
