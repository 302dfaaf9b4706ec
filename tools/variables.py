"""Writes the table of variables into the documentation; ``--check`` only checks that it is up to date."""

import re
import sys
from pathlib import Path

from sqsd_adapters.cli.table import markdown

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "docs" / "configuration.md")
PLACE = re.compile(r"(<!-- variables:.*? -->\n).*?(<!-- end of variables -->)", re.DOTALL)


def with_table(page: str) -> str:
    return PLACE.sub(lambda place: f"{place[1]}\n{markdown()}\n\n{place[2]}", page)


def main() -> None:
    stale = [page for page in PAGES if with_table(page.read_text()) != page.read_text()]
    if sys.argv[1:] != ["--check"]:
        for page in stale:
            page.write_text(with_table(page.read_text()))
    elif stale:
        sys.exit(f"variables: make fmt would change {', '.join(page.name for page in stale)}")


if __name__ == "__main__":
    main()
