"""A dead-letter queue without a server, and the queue that its messages are sent to."""

import asyncio
from typing import Any

from sqsd_adapters.queue.sqs.wire import Shape


class DeadLetterSqs:
    """Two queues of any name; messages that are received are hidden until they are put back."""

    def __init__(self, *bodies: str, group: str | None = None) -> None:
        attributes = {} if group is None else {"MessageGroupId": group}
        self.visible: dict[str, Any] = {
            str(index): {"MessageId": str(index), "ReceiptHandle": str(index), "Body": body, "Attributes": attributes}
            for index, body in enumerate(bodies)
        }
        self.hidden: dict[str, Any] = {}
        self.sent: list[str] = []
        self.events: list[str] = []
        #: bodies that SQS refuses
        self.refused: set[str] = set()
        self.lets_send = asyncio.Event()
        self.lets_send.set()
        self.sending = asyncio.Event()
        #: by call: what DeleteMessageBatch does instead of deleting
        self.delete_errors: list[Exception] = []
        #: confirmed by no DeleteMessageBatch
        self.undeletable: set[str] = set()
        #: bodies whose messages are dead letters again as soon as they are sent
        self.hopeless: set[str] = set()
        self.send_error: Exception | None = None
        #: names, by message sent
        self.attributes: list[set[str]] = []
        self.max_size = "1048576"

    async def ask(self, operation: str, request: Shape, *, queue: str = "", wait: float = 0.0) -> Shape:
        self.events.append(operation)
        answer: Shape = await getattr(self, f"_{operation}")(request)
        return answer

    async def _ReceiveMessage(self, request: Shape) -> Shape:  # noqa: N802
        taken = list(self.visible)[: request["MaxNumberOfMessages"]]
        messages = [self.visible.pop(each) for each in taken]
        self.hidden.update((each["MessageId"], each) for each in messages)
        return {"Messages": messages}

    async def _SendMessageBatch(self, request: Shape) -> Shape:  # noqa: N802
        if self.send_error is not None:
            raise self.send_error
        self.sending.set()
        await self.lets_send.wait()
        entries: list[dict[str, Any]] = request["Entries"]
        done = [each for each in entries if each["MessageBody"] not in self.refused]
        self.sent += [each["MessageBody"] for each in done]
        self.attributes += [set(each.get("MessageAttributes", ())) for each in done]
        for body in self.hopeless & {each["MessageBody"] for each in done}:
            message_id = f"new-{body}"
            self.visible[message_id] = {"MessageId": message_id, "ReceiptHandle": message_id, "Body": body}
        return {
            "Successful": [{"Id": each["Id"], "MessageId": f"new-{each['MessageBody']}"} for each in done],
            "Failed": [{"Id": each["Id"], "Code": "Bad"} for each in entries if each not in done],
        }

    async def _DeleteMessageBatch(self, request: Shape) -> Shape:  # noqa: N802
        if self.delete_errors:
            raise self.delete_errors.pop(0)
        done = [each for each in request["Entries"] if each["ReceiptHandle"] not in self.undeletable]
        for entry in done:
            del self.hidden[entry["ReceiptHandle"]]
        return {"Successful": [{"Id": each["Id"]} for each in done]}

    async def _GetQueueAttributes(self, _: Shape) -> Shape:  # noqa: N802
        return {"Attributes": {"MaximumMessageSize": self.max_size}}

    async def _ChangeMessageVisibilityBatch(self, request: Shape) -> Shape:  # noqa: N802
        for entry in request["Entries"]:
            if (message := self.hidden.pop(entry["ReceiptHandle"], None)) is not None:
                self.visible[entry["ReceiptHandle"]] = message
        return {}
