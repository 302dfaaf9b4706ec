"""The table of variables for the documentation, made of the settings themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.settings.variables import show, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One variable; default and meaning are Markdown."""

    name: str
    default: str
    meaning: str


def rows() -> Iterator[Row]:
    """The variables in the order of the settings."""
    for name, field in Settings.model_fields.items():
        yield Row(name=name, default=_default(field), meaning=field.description or "")


def markdown() -> str:
    """The table as the README has it; ``sqsd config --table`` prints it."""
    lines = [f"| `{row.name}` | {row.default} | {row.meaning} |" for row in rows()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *lines])


def _default(field: FieldInfo) -> str:
    if (shown := told(field, "shown")) is not None:
        return shown
    if field.is_required():
        return "required"
    value = show(field, field.default)
    return f"`{value}`" if value else ""
