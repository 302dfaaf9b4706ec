"""Turns validation errors into sentences that say which variable to change, and how."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sqsd_adapters.cli.settings.former_names import GONE, meant
from sqsd_adapters.cli.settings.variables import SECRET, accepted, is_secret, show_given
from sqsd_adapters.cli.values.spelling import nearest
from sqsd_adapters.errors import ConfigurationError


class Conflict(ValueError):
    """Two variables contradict each other; the message names both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one variable."""

    name: str
    #: as it was given, a secret masked; None where it was not
    value: str | None = None
    reason: str

    @property
    def line(self) -> str:
        """For a variable of the environment."""
        if self.value is None:
            return f"{self.name}: {self.reason}"
        return (
            f"{self.name} (secret): {self.reason}"
            if self.value is SECRET
            else f"{self.name}={self.value}: {self.reason}"
        )


class InvalidSettings(ConfigurationError):
    """The settings are wrong."""

    def __init__(self, message: str, *, problems: Sequence[Problem]) -> None:
        super().__init__(message)
        self.problems = problems


def describe(problems: Sequence[Problem], *, known: Collection[str], environ: Mapping[str, str]) -> str:
    """One line per problem: the variable, the value given (unless secret), what is accepted; then misspelt names."""
    lines = [problem.line for problem in problems]
    count = "one problem" if len(lines) == 1 else f"{len(lines)} problems"
    lines += [
        f"unknown variable {name}: did you mean {hint}?"
        for name in environ
        if (hint := meant(name, known=known, environ=environ))
    ]
    return "\n".join([f"the configuration has {count}:", *(f"  {line}" for line in lines)])


def problems_of(
    error: ValidationError, *, fields: Mapping[str, FieldInfo], given: Mapping[str, object]
) -> Iterator[Problem]:
    """The problems that a validation found, in the order of the fields."""
    for details in error.errors(include_url=False):
        name = str(details["loc"][0])
        if name in fields:
            yield Problem(name=name, value=_shown(name, fields[name], given), reason=_reason(details, fields[name]))
        elif name in GONE:
            yield Problem(name=name, reason=GONE[name])
        else:
            hint = nearest(name, fields)
            yield Problem(name=name, reason="no such setting" + (f"; did you mean {hint}?" if hint else ""))


def _shown(name: str, field: FieldInfo, given: Mapping[str, object]) -> str | None:
    if name not in given:
        return None
    return SECRET if is_secret(field) else show_given(field, given[name])


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
