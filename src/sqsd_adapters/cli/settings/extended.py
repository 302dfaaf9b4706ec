"""The extensions that a configuration selects, each with its settings: read, checked and shown beside sqsd's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sqsd_adapters.cli.settings.choices import BUILT_IN_LOCKERS, listed
from sqsd_adapters.cli.settings.entry_points import Group, load
from sqsd_adapters.cli.settings.extension import Context, Extension
from sqsd_adapters.cli.settings.problems import Problem
from sqsd_adapters.cli.settings.variables import SECRET, is_secret, show
from sqsd_adapters.cli.values.urls import BUILT_IN_SCHEMES, masked
from sqsd_adapters.conforming import misfit
from sqsd_adapters.errors import ConfigurationError
from sqsd_core import LockStore, Observer, Queue, SqsdError

#: what the part of an extension has to be; of an invoker, CallableInvoker says that
PORTS: Mapping[Group, type] = {Group.QUEUES: Queue, Group.LOCK_STORES: LockStore, Group.OBSERVERS: Observer}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """One extension and its settings."""

    group: Group
    #: what selects it: ``LOCKER=acme``
    selected: str
    extension: Extension[Any, Any]
    own: BaseModel

    @property
    def fields(self) -> Mapping[str, FieldInfo]:
        return type(self.own).model_fields

    def shown(self) -> dict[str, str]:
        """The effective values, secrets masked, and the user and the query of URLs as well."""
        return {name: _shown(field, getattr(self.own, name)) for name, field in self.fields.items()}

    def make(self, context: Context) -> object:
        """Make the part.

        Raises:
            ConfigurationError: it cannot be made.
        """
        try:
            made: object = self.extension.make(self.own, context)
        except SqsdError:
            raise
        except Exception as error:
            reason = self._without_secrets(f"{type(error).__qualname__}: {error}")
            raise ConfigurationError(f"{self.selected}: {reason}") from error
        if self.group in PORTS and (wrong := misfit(made, PORTS[self.group])):
            raise ConfigurationError(f"{self.selected}: {wrong}")
        return made

    def _without_secrets(self, text: str) -> str:
        for value in (getattr(self.own, name) for name in self.fields):
            if isinstance(value, SecretStr) and value.get_secret_value():
                text = text.replace(value.get_secret_value(), SECRET)
        return masked(text) if "://" in text else text


@dataclass(slots=True, kw_only=True)
class Selection:
    """Reads the settings of the extensions that the given variables select."""

    #: keywords and variables of the environment, before they are read
    given: Mapping[str, object]
    environ: Mapping[str, str]
    found: list[Extended] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    #: the variables that belong to an extension
    names: set[str] = field(default_factory=set)

    def read(self) -> None:
        for group, variable, name in _selected(self.given):
            try:
                extension = load(group, name)
            except ConfigurationError as error:
                self.problems.append(Problem(name=variable, value=name, reason=str(error)))
                continue
            if extension is not None:
                mark = "://" if group is Group.QUEUES else ""
                self._read(group, f"{variable}={name}{mark}", extension)

    def _read(self, group: Group, selected: str, extension: Extension[Any, Any]) -> None:
        fields = extension.settings.model_fields
        self.names.update(fields)
        values = {name: value for name in fields if (value := self._value(name)) is not None and value != ""}
        try:
            own = extension.settings(**values)
        except ValidationError as error:
            self.problems += _problems(error, fields=fields, values=values, selected=selected)
            return
        self.found.append(Extended(group=group, selected=selected, extension=extension, own=own))

    def _value(self, name: str) -> object:
        value = self.given.get(name, self.environ.get(name))
        return value.strip() if isinstance(value, str) else value


def _selected(given: Mapping[str, object]) -> Iterator[tuple[Group, str, str]]:
    """The extensions that are meant, whether they are installed or not: group, variable and name."""
    scheme, separator, _ = _text(given, "QUEUE_URL").partition("://")
    if separator and scheme not in BUILT_IN_SCHEMES:
        yield Group.QUEUES, "QUEUE_URL", scheme
    if (invoker := _text(given, "INVOKER")) and ":" not in invoker:
        yield Group.INVOKERS, "INVOKER", invoker
    if (locker := _text(given, "LOCKER")) and locker not in BUILT_IN_LOCKERS:
        yield Group.LOCK_STORES, "LOCKER", locker
    for observer in listed(_text(given, "OBSERVERS")):
        yield Group.OBSERVERS, "OBSERVERS", observer


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    return value.strip().lower() if isinstance(value, str) else ""


def _problems(
    error: ValidationError, *, fields: Mapping[str, FieldInfo], values: Mapping[str, object], selected: str
) -> Iterator[Problem]:
    for details in error.errors(include_url=False):
        name = str(details["loc"][0]) if details["loc"] else ""
        if name not in fields:
            yield Problem(name=selected, reason=details["msg"])
            continue
        secret = is_secret(fields[name])
        given = None if name not in values else SECRET if secret else _shown(fields[name], values[name])
        yield Problem(name=name, value=given, reason=_reason(details, fields[name], selected, secret=secret))


def _reason(details: ErrorDetails, field: FieldInfo, selected: str, *, secret: bool) -> str:
    meaning = f": {field.description}" if field.description else ""
    if details["type"] == "missing":
        return f"not set, and {selected} needs it{meaning}"
    # the message of a validator may quote the value
    said = "not valid" if secret else details["msg"]
    return f"{said}; it belongs to {selected}{meaning}"


def _shown(field: FieldInfo, value: object) -> str:
    text = show(field, value)
    return masked(text) if "://" in text else text
