"""Checks that the source logs each event that docs/troubleshooting.md names."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
#: a paragraph of the page that begins with "Log:" names events and nothing else in code
PARAGRAPH = re.compile(r"^\*\*Log:\*\*(.*?)(?=^$|\Z)", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")


def unknown(page: str, source: str) -> list[str]:
    """Name the events of the page that are no string of the source."""
    events = {" ".join(event.split()) for paragraph in PARAGRAPH.findall(page) for event in SPAN.findall(paragraph)}
    return sorted(event for event in events if f'"{event}"' not in source)


def main() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    if found := unknown(PAGE.read_text(), source):
        sys.exit("\n".join(["events: docs/troubleshooting.md names what src/ does not log:", *found]))


if __name__ == "__main__":
    main()
