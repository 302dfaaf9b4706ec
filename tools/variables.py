"""Writes the variables and the keys of sqsd.toml into the documentation; ``--check`` only checks that."""

import re
import sys
from pathlib import Path
from textwrap import fill

from sqsd_adapters.cli.configuration.tables import variables_of
from sqsd_adapters.cli.settings.table import markdown

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "docs" / "configuration.md", ROOT / "docs" / "several-queues.md")
TABLE = re.compile(r"(<!-- variables:.*? -->\n).*?(<!-- end of variables -->)", re.DOTALL)
KEYS = re.compile(r"(<!-- keys of a (\w+):.*? -->\n).*?( *<!-- end of keys -->)", re.DOTALL)


def with_table(page: str) -> str:
    page = TABLE.sub(lambda place: f"{place[1]}\n{markdown()}\n\n{place[2]}", page)
    return KEYS.sub(lambda place: f"{place[1]}{keys(place[2])}\n{place[3]}", page)


def keys(table: str) -> str:
    """The keys of one kind of table, as the lines of an item in a list."""
    names = ", ".join(f"`{name.lower()}`" for name in variables_of(table))
    return fill(f"{names}.", width=116, initial_indent="  ", subsequent_indent="  ")


def main() -> None:
    stale = [page for page in PAGES if with_table(page.read_text()) != page.read_text()]
    if sys.argv[1:] != ["--check"]:
        for page in stale:
            page.write_text(with_table(page.read_text()))
    elif stale:
        sys.exit(f"variables: make fmt would change {', '.join(page.name for page in stale)}")


if __name__ == "__main__":
    main()
