"""The variables of a queue and its worker where some come from ``sqsd.toml``, and those of a table alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationInfo, field_validator

from sqsd_adapters.cli.settings.choices import INVOKERS
from sqsd_adapters.cli.settings.problems import Conflict, InvalidSettings, Problem
from sqsd_adapters.cli.settings.rules import names_no_invoker
from sqsd_adapters.cli.settings.settings import Settings

NO_QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/none"
NO_WORKER = "http://127.0.0.1/"


class FileSettings(Settings):
    """Settings of which some come from a file; a worker's table must name an invoker."""

    @field_validator("INVOKER")
    @classmethod
    def _demand_an_invoker(cls, value: str | None, info: ValidationInfo) -> str | None:
        if names_no_invoker(value, info.data):
            raise Conflict("no invoker configured: set url or invoker")
        return value


def in_a_file(problem: Problem) -> str:
    return problem.reason if problem.value is None else f"{problem.value}: {problem.reason}"


def alone(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The problems of the values of one table, by variable; placeholders stand for what the others would say."""
    placeholders = {"QUEUE_URL": NO_QUEUE, **dict.fromkeys(INVOKERS)}
    if not {*INVOKERS} & {*given}:
        placeholders["INVOKER_URL"] = NO_WORKER
    try:
        FileSettings(**{**defaults, **placeholders, **given})
    except InvalidSettings as error:
        for problem in error.problems:
            if problem.name in given:
                yield problem.name, in_a_file(problem)
