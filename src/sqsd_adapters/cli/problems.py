"""Turns validation errors into sentences that say which variable to change, and how."""

from collections.abc import Collection, Iterator, Mapping

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sqsd_adapters.cli.former_names import GONE, meant
from sqsd_adapters.cli.spelling import nearest
from sqsd_adapters.cli.variables import accepted, is_secret, show_given


class Conflict(ValueError):
    """Two variables contradict each other; the message names both."""


def describe(
    error: ValidationError,
    *,
    fields: Mapping[str, FieldInfo],
    given: Mapping[str, object],
    environ: Collection[str],
) -> str:
    """One line per problem: the variable, the value given (unless secret), what is accepted; then misspelt names."""
    lines = list(_lines(error, fields, given))
    count = "a problem" if len(lines) == 1 else f"{len(lines)} problems"
    lines += [
        f"unknown variable {name}: did you mean {hint}?"
        for name in environ
        if (hint := meant(name, known=fields, environ=environ))
    ]
    return "\n".join([f"the configuration has {count}:", *(f"  {line}" for line in lines)])


def _lines(error: ValidationError, fields: Mapping[str, FieldInfo], given: Mapping[str, object]) -> Iterator[str]:
    for details in error.errors(include_url=False):
        name = str(details["loc"][0])
        if name in fields:
            yield f"{_subject(name, fields[name], given)}: {_reason(details, fields[name])}"
        elif name in GONE:
            yield f"{name}: {GONE[name]}"
        else:
            hint = nearest(name, fields)
            yield f"{name}: no such setting" + (f"; did you mean {hint}?" if hint else "")


def _subject(name: str, field: FieldInfo, given: Mapping[str, object]) -> str:
    if name not in given:
        return name
    return f"{name} (secret)" if is_secret(field) else f"{name}={show_given(field, given[name])}"


def _reason(details: ErrorDetails, field: FieldInfo) -> str:
    match details:
        case {"type": "missing"}:
            return f"not set; expected {accepted(field)}"
        case {"type": "value_error", "ctx": {"error": Conflict() as conflict}}:
            return str(conflict)
        case {"type": "value_error", "ctx": {"error": error}}:
            return f"{error}; expected {accepted(field)}"
        case _:
            return f"expected {accepted(field)}"
