"""An SDK of another language, AWS's own for Node, works against the embedded SQS."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.embedded import embedded_process
from tests.support.npm import folder_for, install

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node and npm"),
]

PACKAGE = "@aws-sdk/client-sqs"
VERSION = "3.1169.0"
SCRIPT = """
import * as sqs from "@aws-sdk/client-sqs";
const client = new sqs.SQSClient({
  endpoint: process.argv[2],
  region: "us-east-1",
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/EXAMPLEKEY" },
});
const send = (command) => client.send(command);
const { QueueUrl } = await send(new sqs.CreateQueueCommand({ QueueName: "from-node" }));
const MessageAttributes = {
  text: { DataType: "String", StringValue: "grüße" },
  raw: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 255) },
};
const Body = "héllo 🐝\\r\\n";
// a long poll that begins before the message is there
const receiving = send(new sqs.ReceiveMessageCommand({
  QueueUrl, WaitTimeSeconds: 10, MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"],
}));
await new Promise((resolve) => setTimeout(resolve, 200));
const sent = await send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: Body, MessageAttributes }));
const { Messages: [message] } = await receiving;
const hide = new sqs.ChangeMessageVisibilityCommand({
  QueueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0,
});
await send(hide);
const { Messages: [again] } = await send(new sqs.ReceiveMessageCommand({ QueueUrl }));
const deleted = await send(new sqs.DeleteMessageBatchCommand({
  QueueUrl,
  Entries: [{ Id: "good", ReceiptHandle: again.ReceiptHandle }, { Id: "bad", ReceiptHandle: "broken" }],
}));
const batch = await send(new sqs.SendMessageBatchCommand({
  QueueUrl, Entries: ["a", "b"].map((Id) => ({ Id, MessageBody: Id })),
}));
// the SDK compares the digest of the answer with what it sent
const fifo = await send(new sqs.CreateQueueCommand({ QueueName: "node.fifo", Attributes: { FifoQueue: "true" } }));
const duplicates = [];
for (const MessageBody of ["first", "second"]) {
  const once = { QueueUrl: fifo.QueueUrl, MessageBody, MessageGroupId: "g", MessageDeduplicationId: "d" };
  duplicates.push((await send(new sqs.SendMessageCommand(once))).MessageId);
}
const { Attributes } = await send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
const gone = await send(new sqs.GetQueueUrlCommand({ QueueName: "nobody" })).catch((error) => error);
console.log(JSON.stringify({
  sameId: sent.MessageId === message.MessageId && message.MessageId === again.MessageId,
  body: message.Body,
  text: message.MessageAttributes.text.StringValue,
  raw: [...message.MessageAttributes.raw.BinaryValue],
  count: message.Attributes.ApproximateReceiveCount,
  deleted: deleted.Successful.map((entry) => entry.Id),
  failed: deleted.Failed.map((entry) => entry.Code),
  batch: batch.Successful.map((entry) => entry.Id),
  duplicate: duplicates[0] === duplicates[1],
  visible: Attributes.ApproximateNumberOfMessages,
  gone: [gone instanceof sqs.QueueDoesNotExist, gone.name, gone.$metadata.httpStatusCode],
}));
"""


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = folder_for("node-sqs", request, tmp_path_factory)
    install(folder, {PACKAGE: VERSION})
    (folder / "script.mjs").write_text(SCRIPT)
    return folder


async def test_the_sdk_of_node_works(folder: Path) -> None:
    async with embedded_process(queues=[]) as process:
        command = ["node", "script.mjs", process.url]
        finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=40, check=False)  # noqa: ASYNC221 - nothing else runs
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {
        "sameId": True,
        "body": "héllo 🐝\r\n",
        "text": "grüße",
        "raw": [0, 255],
        "count": "1",
        "deleted": ["good"],
        "failed": ["ReceiptHandleIsInvalid"],
        "batch": ["a", "b"],
        "duplicate": True,
        "visible": "2",
        "gone": [True, "QueueDoesNotExist", 400],
    }
