"""Checks that the source logs each event that docs/troubleshooting.md names."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
PARAGRAPH = re.compile(r"^\*\*Log:\*\*(.*?)^$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")


def unknown() -> list[str]:
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    events = [event for paragraph in PARAGRAPH.findall(PAGE.read_text()) for event in SPAN.findall(paragraph)]
    return sorted({event for event in events if f'"{event}"' not in source})


def main() -> None:
    if found := unknown():
        sys.exit("\n".join(["events: docs/troubleshooting.md names what src/ does not log:", *found]))


if __name__ == "__main__":
    main()
