import datetime

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
    __slots__ = ("id", "receipt", "started_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    receipt: str
    started_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., receipt: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CurrentWorkingsResponse(_message.Message):
    __slots__ = ("tasks",)
    TASKS_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    def __init__(self, tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ...) -> None: ...

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
