"""The Query protocol's fields become the JSON protocol's parameters."""

import pytest

from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.query_fields import read_form

NAME = "MessageAttribute.1.Name=a%2Fb"
ATTRIBUTE = f"{NAME}&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=x"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("QueueUrl=http%3A%2F%2Fx%2Fq&MessageBody=a+b%26", {"QueueUrl": "http://x/q", "MessageBody": "a b&"}),
        ("MaxNumberOfMessages=3&WaitTimeSeconds=-1", {"MaxNumberOfMessages": 3, "WaitTimeSeconds": -1}),
        ("AttributeName.1=b&AttributeName.10=c&AttributeName.2=a", {"AttributeNames": ["b", "a", "c"]}),
        ("AttributeName=All", {"AttributeNames": ["All"]}),
        ("Attribute.1.Name=DelaySeconds&Attribute.1.Value=5", {"Attributes": {"DelaySeconds": "5"}}),
        ("Attribute.Name=Policy&Attribute.Value=", {"Attributes": {"Policy": ""}}),
        ("Tag.1.Key=a&Tag.1.Value=1&Tag.2.Key=b&Tag.2.Value=", {"Tags": {"a": "1", "b": ""}}),
        ("TagKey.1=a&TagKey.2=b", {"TagKeys": ["a", "b"]}),
        ("ActionName.1=*&AWSAccountId.1=1", {"Actions": ["*"], "AWSAccountIds": ["1"]}),
        (ATTRIBUTE, {"MessageAttributes": {"a/b": {"DataType": "String", "StringValue": "x"}}}),
        (
            "DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=r",
            {"Entries": [{"Id": "a", "ReceiptHandle": "r"}]},
        ),
        (
            f"SendMessageBatchRequestEntry.1.DelaySeconds=5&SendMessageBatchRequestEntry.1.{NAME}",
            {"Entries": [{"DelaySeconds": 5, "MessageAttributes": {"a/b": ""}}]},
        ),
    ],
)
def test_a_form_is_read_by_the_service_model(form: str, expected: dict[str, object]) -> None:
    asked = read_form(f"Action=Any&Version=2012-11-05&{form}")
    assert asked.operation == "Any"
    assert asked.parameters == {"Version": "2012-11-05", **expected}


def test_the_tags_of_a_new_queue_have_their_own_name() -> None:
    assert read_form("Action=CreateQueue&Tag.1.Key=a&Tag.1.Value=1").parameters == {"tags": {"a": "1"}}


def test_the_body_wins_over_the_query_string() -> None:
    assert read_form("Action=A&QueueUrl=1", "QueueUrl=2").parameters == {"QueueUrl": "2"}


@pytest.mark.parametrize(
    "form",
    [
        "MaxNumberOfMessages=three",
        "MaxNumberOfMessages=" + "9" * 5_000,
        "MaxNumberOfMessages=",
        "Attribute.1=x",
        "Attribute.1.Name.More=x",
        "MessageBody.1=x",
        "Tag=x",
        "AttributeName.1.2=x",
        "Action.1=x",
        "A=1&A.B=2",
        "DeleteMessageBatchRequestEntry.1=x",
        "&".join(f"A.{n}=x" for n in range(5_001)),
    ],
)
def test_what_no_sdk_sends_is_malformed(form: str) -> None:
    with pytest.raises(SqsError) as caught:
        read_form(f"Action=Any&{form}")
    assert caught.value.code is ErrorCode.MALFORMED
