"""``help()`` of each public name says what it is, in which unit a number is, and what it raises."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, get_args, get_type_hints

import pytest

import sqsd

#: without the settings, which docs/configuration.md explains
CLASSES = [named for name in sqsd.__all__ if isinstance(named := getattr(sqsd, name), type) and name != "Settings"]
#: types of the interface that only policies read
INNER = {"BreakerSettings", "State"}
#: the parts of Job, which is the public name
INNER |= {"Invokes", "InvokesBatches", "TakesMessage", "TakesMessages"}

Function = Callable[..., Any]


def functions(cls: type) -> Iterator[tuple[str, Function]]:
    """The public methods and properties of a class of ours, and its constructor where it is written out."""
    for name, value in vars(cls).items():
        method = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if inspect.isfunction(method) and _is_shown(name) and _is_written(method):
            yield name, method


def _is_shown(name: str) -> bool:
    return not name.startswith("_") or name in {"__init__", "__post_init__"}


def _is_written(function: FunctionType) -> bool:
    """By us: neither generated for a dataclass nor taken over from typing."""
    return function.__module__.startswith("sqsd") and function.__code__.co_filename.endswith(".py")


def public() -> Iterator[Any]:
    """Every public class with each of its functions, and every public function."""
    for cls in CLASSES:
        for name, function in functions(cls):
            yield pytest.param(cls, function, id=f"{cls.__name__}.{name}")
    for function in (sqsd.event_source, sqsd.lambda_event, sqsd.serve):
        yield pytest.param(None, function, id=function.__name__)


FUNCTIONS = [*public()]


def help_of(cls: type | None, function: Function | None = None) -> str:
    return " ".join(inspect.getdoc(each) or "" for each in (cls, function) if each is not None)


def is_number(annotation: object) -> bool:
    return annotation is float or float in get_args(annotation)


def hints(of: Any) -> dict[str, Any]:
    return get_type_hints(of, vars(sqsd) | {name: getattr(sqsd, name) for name in sqsd.__all__})


@pytest.mark.parametrize(("cls", "function"), FUNCTIONS)
def test_each_method_explains_itself(cls: type | None, function: Function) -> None:
    del cls
    assert function.__name__.startswith("__") or inspect.getdoc(function)


@pytest.mark.parametrize(("cls", "function"), FUNCTIONS)
def test_a_number_with_a_fraction_has_its_unit(cls: type | None, function: Function) -> None:
    if any(is_number(annotation) for annotation in hints(function).values()):
        assert "second" in help_of(cls, function)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_field_with_a_fraction_has_its_unit(cls: type) -> None:
    if any(is_number(annotation) for annotation in hints(cls).values()):
        assert "second" in help_of(cls)


@pytest.mark.parametrize(("cls", "function"), FUNCTIONS)
def test_what_a_function_raises_is_said(cls: type | None, function: Function) -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    if any(isinstance(node, ast.Raise) for node in ast.walk(tree)):
        assert "raise" in help_of(cls, function).lower()


def named_types(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type) and annotation.__module__.startswith("sqsd"):
        yield annotation
    for part in annotation if isinstance(annotation, list) else get_args(annotation):
        yield from named_types(part)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_types_that_it_names_are_public_too(cls: type) -> None:
    annotated = [cls, *(function for _, function in functions(cls))]
    found = {type_.__name__ for each in annotated for hint in hints(each).values() for type_ in named_types(hint)}
    assert found - INNER <= set(sqsd.__all__)


@pytest.mark.parametrize("name", ["MessageId", "ReceiptHandle"])
def test_a_new_type_explains_itself(name: str) -> None:
    assert "one delivery" in getattr(sqsd, name).__doc__ or "every delivery" in getattr(sqsd, name).__doc__
