"""Checks that each Python or JavaScript snippet of the documentation is part of examples/ or tests/, which run it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
PLACES = ("examples", "tests")
SNIPPET = re.compile(r"^```(?:python|js)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SUFFIXES = {".py", ".mjs"}


def strays() -> Iterator[str]:
    files = [path for place in PLACES for path in (ROOT / place).rglob("*") if path.suffix in SUFFIXES]
    examples = [path.read_text() for path in files]
    for page in PAGES:
        for snippet in SNIPPET.findall(page.read_text()):
            if not any(snippet in example for example in examples):
                yield f"{page.name}:\n{snippet}"


def main() -> None:
    if found := list(strays()):
        sys.exit("\n".join(["snippets: these snippets are neither in examples/ nor in tests/:", *found]))


if __name__ == "__main__":
    main()
