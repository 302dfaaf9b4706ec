"""The signature of the settings as people read it: each keyword with its types and its default."""

from inspect import Parameter, Signature

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sqsd_adapters.cli.settings.variables import base_type, is_duration, is_secret


class ReadableSignature:
    """In place of pydantic's, which shows validators in place of types."""

    def __get__(self, instance: object, owner: type[BaseModel]) -> Signature:
        return Signature([_parameter(name, field) for name, field in owner.model_fields.items()])


def _parameter(name: str, field: FieldInfo) -> Parameter:
    default = Parameter.empty if field.is_required() else field.default
    types = f"{_types(field)} | None" if default is None else _types(field)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=types)


def _types(field: FieldInfo) -> str:
    """What a keyword takes; any variable takes text as well."""
    if is_duration(field):
        return "float | timedelta | str"
    if is_secret(field):
        return "SecretStr | str"
    base = base_type(field)
    return "str" if base is str or not isinstance(base, type) else f"{base.__name__} | str"
