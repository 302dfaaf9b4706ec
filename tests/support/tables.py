"""Reads the table on top of a module, so that a test can hold the code to it."""

import re

RULE = re.compile(r"^=+(  +=+)+$", re.MULTILINE)


def cells(docstring: str | None) -> dict[tuple[str, str], str]:
    """Return each cell by its row and its column, in the words of the table."""
    lines = (docstring or "").splitlines()
    rules = [number for number, line in enumerate(lines) if RULE.match(line.strip())]
    columns = [match.start() for match in re.finditer(r"(?<!=)=", lines[rules[0]])]
    header, *rows = [_split(line, columns) for line in (lines[rules[0] + 1], *lines[rules[1] + 1 : rules[2]])]
    return {(row[0], column): cell for row in rows for column, cell in zip(header[1:], row[1:], strict=True)}


def _split(line: str, columns: list[int]) -> list[str]:
    return [line[start:end].strip() for start, end in zip(columns, [*columns[1:], None], strict=True)]
