"""Messages whose body is in S3, as the Extended Clients send them, bare and in SNS's envelope."""

import json
from collections.abc import Mapping

from sqsd_core.message import MessageAttribute

CLASS = "software.amazon.payloadoffloading.PayloadS3Pointer"
MARK = "ExtendedPayloadSize"
MARKED: Mapping[str, MessageAttribute] = {MARK: MessageAttribute(data_type="Number", value="300000")}


def pointer_body(key: str, bucket: str = "payloads") -> str:
    return json.dumps([CLASS, {"s3BucketName": bucket, "s3Key": key}])


def notification_body(body: str, *, marked: bool = False) -> str:
    """What SNS would put into the queue."""
    attributes = {MARK: {"Type": "Number", "Value": "300000"}} if marked else {}
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "sns-1",
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:orders",
            "Message": body,
            "MessageAttributes": attributes,
        }
    )
