"""The original's clients work here unchanged: its schema, written down by hand, against our server."""

from typing import Any

import grpc.aio
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

from sqsd_adapters.monitor.grpc import GrpcMonitor
from tests.support.monitor import WatchedDaemon, task

pytestmark = pytest.mark.integration

FIELD = descriptor_pb2.FieldDescriptorProto


def original_messages() -> dict[str, Any]:
    """The messages of taiyoh/sqsd, in a descriptor pool of their own."""
    schema = descriptor_pb2.FileDescriptorProto(
        name="original.proto",
        package="sqsd",
        syntax="proto3",
        dependency=["google/protobuf/timestamp.proto"],
    )
    schema.message_type.add(name="CurrentWorkingsRequest")
    task_type = schema.message_type.add(name="Task")
    once = FIELD.LABEL_OPTIONAL
    task_type.field.add(name="id", number=1, type=FIELD.TYPE_STRING, label=once)
    task_type.field.add(name="receipt", number=2, type=FIELD.TYPE_STRING, label=once)
    task_type.field.add(
        name="started_at",
        number=3,
        type=FIELD.TYPE_MESSAGE,
        label=once,
        type_name=".google.protobuf.Timestamp",
    )
    schema.message_type.add(name="CurrentWorkingsResponse").field.add(
        name="tasks", number=1, type=FIELD.TYPE_MESSAGE, label=FIELD.LABEL_REPEATED, type_name=".sqsd.Task"
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(schema)
    return message_factory.GetMessageClassesForFiles(["original.proto"], pool)


async def test_a_client_of_the_original_reads_our_answer() -> None:
    original = original_messages()
    daemon = WatchedDaemon(task("m-1", receipt="r-1", started_at=1.5), task("m-2", receipt="r-2", started_at=2.75))
    async with (
        GrpcMonitor(monitor=daemon, port=0) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        current_workings: grpc.aio.UnaryUnaryMultiCallable[Any, Any] = channel.unary_unary(
            "/sqsd.MonitoringService/CurrentWorkings",
            request_serializer=original["sqsd.CurrentWorkingsRequest"].SerializeToString,
            response_deserializer=original["sqsd.CurrentWorkingsResponse"].FromString,
        )
        response = await current_workings(original["sqsd.CurrentWorkingsRequest"](), timeout=5)
    assert [(found.id, found.receipt) for found in response.tasks] == [("m-1", "r-1"), ("m-2", "r-2")]
    assert [(found.started_at.seconds, found.started_at.nanos) for found in response.tasks] == [
        (1, 500_000_000),
        (2, 750_000_000),
    ]


async def test_a_task_begins_with_the_originals_bytes() -> None:
    async with (
        GrpcMonitor(monitor=WatchedDaemon(task("m", receipt="r", started_at=1.5)), port=0) as monitor,
        grpc.aio.insecure_channel(f"127.0.0.1:{monitor.port}") as channel,
    ):
        current_workings: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/sqsd.MonitoringService/CurrentWorkings"
        )
        answer: bytes = await current_workings(b"", timeout=5)
    started_at = b"\x08\x01\x10\x80\xca\xb5\xee\x01"  # seconds: 1, nanos: 500,000,000
    fields = b"\x0a\x01m" + b"\x12\x01r" + b"\x1a\x08" + started_at
    later = b"\x22\x04jobs"  # fields that the original does not know have numbers of their own
    task_bytes = fields + later
    assert answer == b"\x0a" + bytes([len(task_bytes)]) + task_bytes
