"""Finding what INVOKER names."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.invoker.target import load

MODULES = {
    "jobs_fine.py": "class Jobs:\n    @staticmethod\n    def run(message): ...\n\nlimit = 3\n",
    "jobs_missing_import.py": "import a_module_that_nobody_has\n",
    "jobs_with_a_bug.py": "1 / 0\n",
    "jobs_that_exit.py": "import sys\nsys.exit('no')\n",
    "jobs_with_bad_syntax.py": "def (\n",
    "json.py": "raise RuntimeError('not the standard library')\n",
    "jobs_beside.py": "",
    "elsewhere/jobs_elsewhere.py": "import jobs_beside\n\ndef run(message): ...\n",
    "elsewhere/jobs_alone.py": "def run(message): ...\n",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in a directory that holds the modules, and forget them afterwards."""
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in MODULES.keys() - {"json.py"}:
        sys.modules.pop(Path(name).stem, None)


def test_a_module_of_the_working_directory_is_found() -> None:
    assert callable(load("jobs_fine:Jobs"))


def test_the_working_directory_comes_last_in_the_import_path(tmp_path: Path) -> None:
    load("jobs_fine:Jobs")

    assert sys.path.index(str(tmp_path)) == len(sys.path) - 1


def test_a_file_of_the_working_directory_replaces_no_module_of_the_standard_library() -> None:
    sys.modules.pop("json.tool", None)

    assert load("json.tool:main").__module__ == "json.tool"


def test_a_job_that_is_installed_leaves_the_import_path_as_it_is(tmp_path: Path) -> None:
    sys.path.append(str(tmp_path / "elsewhere"))
    before = list(sys.path)
    load("jobs_alone:run")

    assert sys.path == before


def test_a_job_from_elsewhere_finds_the_modules_of_the_working_directory(tmp_path: Path) -> None:
    sys.path.append(str(tmp_path / "elsewhere"))

    assert callable(load("jobs_elsewhere:run"))


def test_a_working_directory_that_was_deleted_holds_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match="no module 'no_such_jobs'"):
        load("no_such_jobs:run")


def test_an_attribute_may_be_dotted() -> None:
    assert load("jobs_fine:Jobs.run").__name__ == "run"  # type: ignore[attr-defined]  # a function


@pytest.mark.parametrize("path", ["jobs_fine", "jobs_fine:", ":Jobs", "", ":"])
def test_a_path_without_both_halves_says_how_to_write_it(path: str) -> None:
    with pytest.raises(ConfigurationError, match=r"of the form package\.module:attribute"):
        load(path)


@pytest.mark.parametrize("path", ["no_such_jobs:run", "no_such_package.jobs:run"])
def test_a_module_that_is_missing_is_named(path: str) -> None:
    with pytest.raises(ConfigurationError, match="no module 'no_such_") as raised:
        load(path)

    assert isinstance(raised.value.__cause__, ModuleNotFoundError)


def test_a_module_that_is_missing_inside_the_job_is_told_apart() -> None:
    with pytest.raises(ConfigurationError, match="'jobs_missing_import' imports a module 'a_module_that_nobody_has'"):
        load("jobs_missing_import:run")


@pytest.mark.parametrize(
    ("module", "cause"),
    [
        ("jobs_with_a_bug", ZeroDivisionError),
        ("jobs_that_exit", SystemExit),
        ("jobs_with_bad_syntax", SyntaxError),
    ],
)
def test_a_module_that_fails_keeps_its_error_as_the_cause(module: str, cause: type[BaseException]) -> None:
    with pytest.raises(ConfigurationError, match=f"'{module}' fails to import: {cause.__name__}") as raised:
        load(f"{module}:run")

    assert isinstance(raised.value.__cause__, cause)


def test_an_attribute_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"module 'jobs_fine' \(.*jobs_fine\.py\) has no 'runn'"):
        load("jobs_fine:runn")


def test_what_cannot_be_called_is_named_by_its_type() -> None:
    with pytest.raises(ConfigurationError, match="'jobs_fine:limit' is a int"):
        load("jobs_fine:limit")
