"""Checks that each Python snippet in README.md is part of examples/, which the tests run."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SNIPPET = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def strays() -> list[str]:
    examples = [path.read_text() for path in (ROOT / "examples").rglob("*.py")]
    snippets = SNIPPET.findall((ROOT / "README.md").read_text())
    return [snippet for snippet in snippets if not any(snippet in example for example in examples)]


def main() -> None:
    if found := strays():
        sys.exit("\n".join(["snippets: these snippets of README.md are not in examples/:", *found]))


if __name__ == "__main__":
    main()
