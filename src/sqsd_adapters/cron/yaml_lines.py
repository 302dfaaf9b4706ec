"""YAML with the line of each key and value, of the one shape that cron.yaml has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A value of the file: a scalar, or the entries of a mapping by their key."""

    #: 1 is the first
    line: int
    #: of the key; the value's own where there is none
    key_line: int
    value: Any


class YamlProblem(ValueError):
    """The file is not YAML, or not of the shape of cron.yaml."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        #: 1 is the first
        self.line = line


def read_entries(content: bytes) -> tuple[Entry | None, Sequence[Entry]]:
    """The version, and the list of tasks.

    Raises:
        YamlProblem: with the line.
    """
    root = _compose(content)
    if root is None:
        raise YamlProblem(1, "the file is empty; expected version: 1 and cron: with a list of tasks")
    fields = _mapping(root, "expected version: 1 and cron: with a list of tasks")
    for name, (key, _) in fields.items():
        if name not in {"version", "cron"}:
            raise YamlProblem(_line(key), f"unknown key {name!r}; known keys: version, cron")
    if "cron" not in fields:
        raise YamlProblem(1, "cron is missing; expected a list of tasks")
    version = _entry(*fields["version"]) if "version" in fields else None
    return version, [_task(node) for node in _list(fields["cron"][1])]


def _compose(content: bytes) -> yaml.Node | None:
    try:
        # composing makes nodes and no objects: aliases, the way to a file that expands without end, are refused below
        return yaml.compose(content, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        hint = "; a value that begins with * needs quotes" if "alias" in str(error.context) else ""
        raise YamlProblem(line, f"not valid YAML: {error.problem}{hint}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise YamlProblem(1, "not valid YAML: not a text in UTF-8") from None
    except RecursionError:
        raise YamlProblem(1, "not valid YAML: nested too deeply") from None


class _Loader(yaml.SafeLoader):
    """Reads neither aliases nor tags."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # its stub has no types
            raise YamlProblem(event.start_mark.line + 1, "aliases (*name) are not supported")
        return super().compose_node(parent, index)


def _task(node: yaml.Node) -> Entry:
    if not isinstance(node, yaml.MappingNode):
        return _entry(node, node)
    fields = _mapping(node, "expected a task")
    value = {name: _entry(key, value) for name, (key, value) in fields.items()}
    return Entry(line=_line(node), key_line=_line(node), value=value)


def _mapping(node: yaml.Node, expected: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise YamlProblem(_line(node), expected)
    fields: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in fields:
            raise YamlProblem(_line(key), f"key {name!r} occurs twice")
        fields[name] = key, value
    return fields


def _list(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise YamlProblem(_line(node), "cron: expected a list of tasks")
    nodes: list[yaml.Node] = node.value
    return nodes


def _entry(key: yaml.Node, value: yaml.Node) -> Entry:
    return Entry(line=_line(value), key_line=_line(key), value=_scalar(value))


def _scalar(node: yaml.Node) -> object:
    """A text where it is quoted; else what YAML makes of it, and no object for a list or a mapping."""
    if not isinstance(node, yaml.ScalarNode):
        return ()
    kind = node.tag.rpartition(":")[2]
    text = str(node.value)
    if kind == "int":
        return int(text) if text.isdecimal() else text
    if kind == "bool":
        return text.lower() in {"true", "yes", "on"}
    return None if kind == "null" else text


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
