"""The fields of SQS's Query protocol: from ``Attribute.1.Name=…`` to the parameters of the JSON protocol."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, Union
from urllib.parse import parse_qsl

from sqsd_adapters.queue.embedded.dialect import Asked
from sqsd_adapters.queue.embedded.errors import malformed
from sqsd_adapters.queue.embedded.parameters import Json

MAX_FIELDS = 5_000  # ten entries with ten attributes each have less than a thousand

Node: TypeAlias = dict[str, Union["Node", str]]

# SQS's service model of 2012-11-05 as older SDKs have it: locationName → member
_LISTS = {
    "ActionName": "Actions",
    "AttributeName": "AttributeNames",
    "AWSAccountId": "AWSAccountIds",
    "MessageAttributeName": "MessageAttributeNames",
    "MessageSystemAttributeName": "MessageSystemAttributeNames",
    "TagKey": "TagKeys",
}
_ENTRIES = {
    "ChangeMessageVisibilityBatchRequestEntry",
    "DeleteMessageBatchRequestEntry",
    "SendMessageBatchRequestEntry",
}
# locationName → member, name of the key, name of the value
_MAPS = {
    "Attribute": ("Attributes", "Name", "Value"),
    "MessageAttribute": ("MessageAttributes", "Name", "Value"),
    "MessageSystemAttribute": ("MessageSystemAttributes", "Name", "Value"),
    "Tag": ("Tags", "Key", "Value"),
}
_INTEGERS = {
    "DelaySeconds",
    "MaxNumberOfMessages",
    "MaxNumberOfMessagesPerSecond",
    "MaxResults",
    "VisibilityTimeout",
    "WaitTimeSeconds",
}


def read_form(*texts: str) -> Asked:
    """Read a request from its query string and its body; what stands in the body wins.

    Raises:
        SqsError: MalformedInput.
    """
    try:
        pairs = [pair for text in texts for pair in parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)]
    except ValueError:
        raise malformed("The form") from None
    node = _tree(pairs)
    operation = _text(node.pop("Action", ""), "Action")
    parameters = _parameters(node)
    if operation == "CreateQueue" and "Tags" in parameters:
        parameters["tags"] = parameters.pop("Tags")
    return Asked(operation=operation, parameters=parameters)


def _tree(pairs: Iterable[tuple[str, str]]) -> Node:
    root: Node = {}
    for key, value in pairs:
        *path, leaf = key.split(".")
        node = root
        for name in path:
            inner = node.setdefault(name, {})
            if isinstance(inner, str):
                raise malformed(key)
            node = inner
        node[leaf] = value
    return root


def _parameters(node: Node) -> Json:
    parameters: Json = {}
    for name, value in node.items():
        if name in _LISTS:
            parameters[_LISTS[name]] = [_text(item, name) for item in _items(value)]
        elif name in _ENTRIES:
            parameters["Entries"] = [_parameters(_node(item, name)) for item in _items(value)]
        elif name in _MAPS:
            member, key, content = _MAPS[name]
            parameters[member] = _map([_node(item, name) for item in _items(value)], key=key, content=content)
        elif name in _INTEGERS:
            parameters[name] = _integer(_text(value, name), name)
        else:
            parameters[name] = _text(value, name)
    return parameters


def _items(value: Node | str) -> list[Node | str]:
    """The members of a list in order; a list of one may come without its number."""
    if isinstance(value, str) or not all(name.isdecimal() and name.isascii() for name in value):
        return [value]
    return [value[name] for name in sorted(value, key=lambda name: (len(name), name))]


def _map(items: list[Node], *, key: str, content: str) -> Mapping[str, Node | str]:
    return {_text(item.get(key, ""), key): item.get(content, "") for item in items}


def _node(item: Node | str, name: str) -> Node:
    if isinstance(item, str):
        raise malformed(name)
    return item


def _text(item: Node | str, name: str) -> str:
    if not isinstance(item, str):
        raise malformed(name)
    return item


def _integer(text: str, name: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):  # noqa: PLR2004 - what 64 bits hold
        raise malformed(name)
    return int(text)
