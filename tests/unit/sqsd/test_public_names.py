"""``import sqsd``: the public names in one place, at no cost, and each explains itself."""

import ast
import inspect
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import sqsd

VENDORS = {"aiobotocore", "aiohttp", "botocore", "dependency_injector", "grpc", "httpx", "pydantic", "redis", "typer"}
#: what help() shows of a class: its own methods, without those of object
PORTS = (sqsd.Clock, sqsd.Invoker, sqsd.LockStore, sqsd.Observer, sqsd.Probe, sqsd.Queue, sqsd.Sender, sqsd.Sqsd)


def imported_by(statement: str) -> list[str]:
    """What a fresh interpreter has imported after the statement: its CPU time in seconds, then the modules."""
    program = (
        "import sys, time\n"
        "began, before = time.process_time(), set(sys.modules)\n"
        f"{statement}\n"
        "print(time.process_time() - began, *sorted(set(sys.modules) - before))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return ended.stdout.split()


def test_the_import_takes_less_than_50_ms_and_imports_nothing_else() -> None:
    seconds, *modules = imported_by("import sqsd")
    assert float(seconds) < 0.05
    assert modules == ["sqsd"]


def test_an_adapter_that_takes_its_names_from_here_imports_no_vendor() -> None:
    _, *modules = imported_by("from sqsd import Claim, Lock, LockStore, LockStoreUnavailable, Message, Observer, Queue")
    assert not VENDORS & {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("name", sqsd.__all__)
def test_each_name_is_there_and_explains_itself(name: str) -> None:
    named = getattr(sqsd, name)
    assert named is getattr(sqsd, name)
    if isinstance(named, type) or inspect.isfunction(named):
        assert named.__doc__


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_each_method_of_a_port_explains_itself(port: type) -> None:
    public = {name: method for name, method in vars(port).items() if not name.startswith("_")}
    assert public
    assert [name for name, method in public.items() if not inspect.getdoc(method)] == []


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(str(sqsd.__file__)).read_text())
    block, at_run_time = [node for node in tree.body if isinstance(node, ast.If)]
    assert isinstance(at_run_time.test, ast.UnaryOp), "a type checker that sees __getattr__ takes any name"
    imported = [alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(sqsd.__all__)
    assert dir(sqsd) == sorted(sqsd.__all__)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    name = "Nothing"
    with pytest.raises(AttributeError, match="Nothing"):
        getattr(sqsd, name)


@pytest.mark.parametrize("value", [90, 90.0, "1m30s", "90", timedelta(minutes=1, seconds=30)])
def test_a_duration_is_seconds_or_text_or_a_timedelta(value: Any) -> None:
    settings = sqsd.Settings(QUEUE_URL="memory://jobs", INVOKER_TIMEOUT=value)
    assert settings.INVOKER_TIMEOUT == 90.0


@pytest.mark.parametrize("value", [True, "soon", object(), float("nan")])
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(sqsd.ConfigurationError, match=r"INVOKER_TIMEOUT.*expected a duration such as"):
        sqsd.Settings(QUEUE_URL="memory://jobs", INVOKER_TIMEOUT=value)


def test_a_timedelta_out_of_bounds_is_refused_as_any_duration() -> None:
    with pytest.raises(sqsd.ConfigurationError, match=r"INVOKER_TIMEOUT.*greater than 0s and at most 12h"):
        sqsd.Settings(QUEUE_URL="memory://jobs", INVOKER_TIMEOUT=timedelta(days=1))


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("INVOKER_TIMEOUT", "float | timedelta | str"),
        ("INVOKER_HEADERS", "SecretStr | str | None"),
        ("SQLITE_LOCKER_PATH", "Path | str | None"),
        ("INVOKER_PARALLEL_COUNT", "int | str"),
        ("LOG_LEVEL", "str"),
    ],
)
def test_the_signature_of_the_settings_says_what_each_keyword_takes(name: str, types: str) -> None:
    parameter = inspect.signature(sqsd.Settings).parameters[name]
    assert parameter.annotation == types
    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY


def test_the_signature_of_the_settings_is_that_before_they_are_first_read() -> None:
    program = "import inspect, sqsd; print(*inspect.signature(sqsd.Settings).parameters)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == [*sqsd.Settings.model_fields]


def test_the_signature_of_the_settings_has_the_variables_and_nothing_else() -> None:
    assert [*inspect.signature(sqsd.Settings).parameters] == [*sqsd.Settings.model_fields]
