"""The SQS of the bench: one standard queue behind SQS's JSON protocol, any signature accepted."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import orjson

from benchmarks import sqs_wire as wire
from benchmarks.http_server import HttpConnection, answer, json_answer, serve
from benchmarks.simulator import MAX_RECEIVE_COUNT, Poll, Simulator

QUEUE_PATH = "/000000000000/bench"
FIFO_SUFFIX = ".fifo"
#: a cell of several queues numbers them; all of them are one store
_OURS = re.compile(rf"{QUEUE_PATH}(-\d+)?(\{FIFO_SUFFIX})?\Z")


class SimConnection(HttpConnection):
    __slots__ = ("_poll", "_sim", "_target")

    def __init__(self, sim: Simulator) -> None:
        super().__init__()
        self._sim = sim
        self._target = b""
        self._poll: Poll | None = None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._poll:
            self._poll.end()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-amz-target":
            self._target = value

    def on_request(self, body: bytes) -> None:
        self._sim.delay.flush()
        operation = self._target.removeprefix(wire.TARGET).decode("latin-1")
        self._sim.calls[operation] += 1
        try:
            self._carry_out(operation, body)
        except wire.ReceiptHandleIsInvalid:
            self._answer(wire.error("ReceiptHandleIsInvalid", "The input receipt handle is invalid."))
        except (ValueError, KeyError, TypeError) as problem:
            text = f"{type(problem).__name__}: {problem}"
            self._answer(wire.error("SerializationException", text, namespace="com.amazon.coral.service"))

    def on_control(self, verb: str, body: bytes) -> bytes:
        match verb:
            case "reset":
                order = orjson.loads(body)
                self._sim.reset(order["seconds"], groups=order["groups"])
            case "load":
                self._sim.load(orjson.loads(body))
            case "end-polls":
                self._sim.end_polls()
            case "statistics":
                return json_answer(self._sim.statistics())
            case _:
                return answer(b"404 Not Found")
        return answer(b"200 OK")

    def _answer(self, whole: bytes) -> None:
        self._sim.delay.submit(self.transport, whole)

    def _carry_out(self, operation: str, body: bytes) -> None:
        if operation == "ReceiveMessage":
            self._poll = self._sim.receive(self.transport, wire.receive_order(body, fifo=self._sim.groups > 0))
            return
        order = orjson.loads(body)
        if not _OURS.search(order.get("QueueUrl", QUEUE_PATH)):
            self._answer(_no_such_queue())
            return
        match operation:
            case "DeleteMessageBatch":
                self._answer(self._batch(order, lambda entry: self._sim.delete(entry["ReceiptHandle"])))
            case "ChangeMessageVisibilityBatch":
                self._answer(self._batch(order, self._hide))
            case "DeleteMessage":
                self._sim.delete(order["ReceiptHandle"])
                self._answer(wire.ok())
            case "ChangeMessageVisibility":
                self._hide(order)
                self._answer(wire.ok())
            case _:
                self._answer(self._rare(operation, order))

    def _rare(self, operation: str, order: dict[str, Any]) -> bytes:
        model = self._sim.model
        match operation:
            case "SendMessage":
                return wire.json_ok({"MessageId": self._sim.send(order["MessageBody"])})
            case "GetQueueUrl" if order["QueueName"] != QUEUE_PATH.rpartition("/")[2]:
                return _no_such_queue()
            case "GetQueueUrl":
                return wire.json_ok({"QueueUrl": f"http://{self._host()}{QUEUE_PATH}"})
            case "GetQueueAttributes":
                attributes = {
                    "ApproximateNumberOfMessages": str(model.visible),
                    "ApproximateNumberOfMessagesNotVisible": str(model.in_flight),
                    "ApproximateNumberOfMessagesDelayed": "0",
                    "VisibilityTimeout": str(wire.DEFAULT_VISIBILITY),
                    "QueueArn": "arn:aws:sqs:us-east-1:000000000000:bench",
                }
                if self._sim.groups:
                    attributes["RedrivePolicy"] = wire.redrive_policy(MAX_RECEIVE_COUNT)
                names = set(order.get("AttributeNames", ()))
                chosen = {name: text for name, text in attributes.items() if names & {name, "All"}}
                return wire.json_ok({"Attributes": chosen})
            case _:
                return wire.error("UnknownOperationException", f"{operation!r}", namespace="com.amazon.coral.service")

    def _batch(self, order: dict[str, Any], carry_out: Callable[[dict[str, Any]], None]) -> bytes:
        done: list[str] = []
        failed: list[str] = []
        for entry in order["Entries"]:
            try:
                carry_out(entry)
                done.append(entry["Id"])
            except wire.ReceiptHandleIsInvalid:
                failed.append(entry["Id"])
        return wire.batch_answer(done, failed)

    def _hide(self, entry: dict[str, Any]) -> None:
        self._sim.hide(entry["ReceiptHandle"], entry["VisibilityTimeout"])

    def _host(self) -> str:
        address, port = self.transport.get_extra_info("sockname")
        return f"{address}:{port}"


def _no_such_queue() -> bytes:
    query_code = "AWS.SimpleQueueService.NonExistentQueue"
    return wire.error("QueueDoesNotExist", "The specified queue does not exist.", query_code=query_code)


def connect(loop: asyncio.AbstractEventLoop) -> Callable[[], SimConnection]:
    simulator = Simulator(loop=loop)
    return lambda: SimConnection(simulator)


if __name__ == "__main__":
    serve(connect)
