"""botocore with SQS's service model of before November 2023: the Query protocol, requests and XML answers alike."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
from botocore.config import Config
from botocore.session import Session

# what the model of today leaves out: the names of members and items on the wire
_ITEMS = {
    "AWSAccountIdList": "AWSAccountId",
    "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName",
    "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
    "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
    "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "QueueUrlList": "QueueUrl",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
    "TagKeyList": "TagKey",
}
_MAPS = {
    "MessageBodyAttributeMap": ("MessageAttribute", "Name", "Value"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name", "Value"),
    "MessageSystemAttributeMap": ("Attribute", "Name", "Value"),
    "QueueAttributeMap": ("Attribute", "Name", "Value"),
    "TagMap": ("Tag", "Key", "Value"),
}


def model() -> dict[str, Any]:
    """SQS's service model as the Query protocol needs it."""
    [path] = Path(botocore.__file__).parent.glob("data/sqs/*/service-2.json.gz")
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    found["metadata"] |= {
        "protocol": "query",
        "protocols": ["query"],
        "xmlNamespace": "http://queue.amazonaws.com/doc/2012-11-05/",
    }
    shapes = found["shapes"]
    for name, item in _ITEMS.items():
        shapes[name]["member"]["locationName"] = item
    for name, (_, key, value) in _MAPS.items():
        shapes[name]["key"]["locationName"] = key
        shapes[name]["value"]["locationName"] = value
    for shape in shapes.values():
        for member in shape.get("members", {}).values():
            if member["shape"] in _MAPS:
                member["locationName"] = _MAPS[member["shape"]][0]
    for operation in found["operations"].values():
        if "output" in operation:
            operation["output"]["resultWrapper"] = operation["output"]["shape"]
    return found


def query_client(url: str, folder: Path) -> Any:
    """A client that speaks the Query protocol; ``folder`` holds its model."""
    path = folder / "sqs" / "2012-11-05" / "service-2.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(model()))
    session = Session()
    # the first folder that has a service wins, and the packaged one comes first otherwise
    session.get_component("data_loader").search_paths.insert(0, str(folder))
    return session.create_client(
        "sqs",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30, connect_timeout=5),
    )
