"""Checks that each Python or JavaScript snippet of the pages below is part of examples/, which the tests run."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *(ROOT / "docs" / name for name in ("testing.md", "worker.md")))
SNIPPET = re.compile(r"^```(?:python|js)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SUFFIXES = {".py", ".mjs"}


def strays() -> Iterator[str]:
    examples = [path.read_text() for path in (ROOT / "examples").rglob("*") if path.suffix in SUFFIXES]
    for page in PAGES:
        for snippet in SNIPPET.findall(page.read_text()):
            if not any(snippet in example for example in examples):
                yield f"{page.name}:\n{snippet}"


def main() -> None:
    if found := list(strays()):
        sys.exit("\n".join(["snippets: these snippets are not in examples/:", *found]))


if __name__ == "__main__":
    main()
