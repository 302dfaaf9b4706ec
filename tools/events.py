"""Checks that the source logs each event that docs/troubleshooting.md names, and that each warning is named there."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
#: a paragraph of the page that begins with "Log:"; all code in it is an event
PARAGRAPH = re.compile(r"^\*\*Log:\*\*(.*?)(?=^$|\Z)", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")
LOUD = {"warning", "error", "exception", "critical"}


def named(page: str) -> set[str]:
    """Return the events that the page names."""
    return {" ".join(event.split()) for paragraph in PARAGRAPH.findall(page) for event in SPAN.findall(paragraph)}


def strings(source: str) -> Iterator[re.Pattern[str]]:
    """Return a pattern per string of the source; a value in an f-string matches any text."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str() as text):
                yield re.compile(re.escape(text))
            case ast.JoinedStr(values=[ast.Constant(value=str() as start), *_]) if " " in start:
                yield re.compile(re.escape(start) + ".+")


def unknown(page: str, sources: Iterable[str]) -> list[str]:
    """Name the events of the page that are no string of the sources."""
    patterns = [pattern for source in sources for pattern in strings(source)]
    return sorted(event for event in named(page) if not any(pattern.fullmatch(event) for pattern in patterns))


def warnings(source: str) -> Iterator[str]:
    """Return what the source logs as a warning or worse: texts, and constants of the module."""
    tree = ast.parse(source)
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOUD:
            match node.args:
                case [ast.Constant(value=str() as event), *_]:
                    yield event
                case [ast.Name(id=name), *_] if name in constants:
                    yield constants[name]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() as text)):
                yield name, text
            case _:
                pass


def unexplained(page: str, sources: Iterable[str]) -> list[str]:
    """Name the warnings of the sources that the page leaves out."""
    return sorted({event for source in sources for event in warnings(source)} - named(page))


def main() -> None:
    sources = [path.read_text() for path in (ROOT / "src").rglob("*.py")]
    if found := unknown(PAGE.read_text(), sources):
        sys.exit("\n".join(["events: docs/troubleshooting.md names what src/ does not log:", *found]))
    if found := unexplained(PAGE.read_text(), sources):
        sys.exit("\n".join(["events: docs/troubleshooting.md does not explain these warnings:", *found]))


if __name__ == "__main__":
    main()
