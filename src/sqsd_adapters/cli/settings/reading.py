"""Reads settings, and those of the extensions that they select, from keywords and the environment."""

import os
from collections.abc import Sequence
from typing import Self

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sqsd_adapters.cli.settings.environment import Variables
from sqsd_adapters.cli.settings.extended import Extended, Selection
from sqsd_adapters.cli.settings.problems import InvalidSettings, describe, problems_of
from sqsd_adapters.cli.settings.signature import ReadableSignature
from sqsd_adapters.cli.settings.variables import show


class Reading(BaseSettings):
    """Keywords go before the environment. An error names every problem."""

    model_config = SettingsConfigDict(
        case_sensitive=True,
        # the command only ever makes an Environment: one schema to build, not one for each class before it
        defer_build=True,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    _extended: tuple[Extended, ...] = ()

    @property
    def extensions(self) -> Sequence[Extended]:
        """The extensions that the settings select."""
        return self._extended

    @property
    def variables(self) -> dict[str, FieldInfo]:
        """Every variable that is read, those of the selected extensions included."""
        fields = dict(type(self).model_fields)
        for each in self._extended:
            fields.update(each.fields)
        return fields

    @property
    def given(self) -> set[str]:
        """The variables that are set."""
        return self.model_fields_set.union(*(each.own.model_fields_set for each in self._extended))

    def shown(self) -> dict[str, str]:
        """The effective values in the form in which they are written, secrets masked, empty where not set."""
        shown = {name: show(field, getattr(self, name)) for name, field in type(self).model_fields.items()}
        for each in self._extended:
            shown.update(each.shown())
        return shown

    @classmethod
    def settings_customise_sources(  # a name of pydantic's, and its arguments
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, Variables(settings_cls)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        cls.__signature__ = ReadableSignature()  # type: ignore[assignment] # a descriptor that gives one

    @classmethod
    def __pydantic_on_complete__(cls) -> None:
        cls.__pydantic_init_subclass__()  # pydantic completes the class when it is first called, and sets its own again

    @model_validator(mode="wrap")
    @classmethod
    def _name_every_problem(cls, given: dict[str, object], build: ModelWrapValidatorHandler[Self]) -> Self:
        selection = Selection(given=given, environ=os.environ)
        selection.read()
        problems = selection.problems
        try:
            built = build({name: value for name, value in given.items() if name not in selection.names})
        except ValidationError as error:
            problems = [*problems_of(error, fields=cls.model_fields, given=given), *problems]
        if problems:
            known = [*cls.model_fields, *selection.names]
            # `from None`: the original error still holds the values, secrets among them
            raise InvalidSettings(describe(problems, known=known, environ=os.environ), problems=problems) from None
        built._extended = tuple(selection.found)  # noqa: SLF001 - it is one of ours
        return built
