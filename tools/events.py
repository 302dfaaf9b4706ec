"""Checks that the source logs each event that docs/troubleshooting.md names."""

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


def main() -> None:
    sources = [path.read_text() for path in (ROOT / "src").rglob("*.py")]
    if found := unknown(PAGE.read_text(), sources):
        sys.exit("\n".join(["events: docs/troubleshooting.md names what src/ does not log:", *found]))


if __name__ == "__main__":
    main()
