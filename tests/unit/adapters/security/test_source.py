"""What must not stand anywhere in the source: code made of data, shells, and TLS that believes anything."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[4] / "src"
FILES = [file for file in sorted(SOURCE.rglob("*.py")) if "_pb" not in file.parts]

#: modules that turn bytes into objects or code, or start programs
MODULES = {
    *("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"),
    *("subprocess", "pty", "popen2", "commands", "code", "codeop", "runpy", "ctypes"),
}
#: by their last name, whatever they are called on
CALLS = {
    *("eval", "exec", "compile", "__import__", "system", "popen", "create_subprocess_shell", "create_subprocess_exec"),
    *("execv", "execve", "execvp", "spawnv", "posix_spawn", "fork", "unsafe_load", "full_load", "load_all"),
    *("_create_unverified_context", "wrap_socket"),
}
#: what names TLS without verification
NAMES = {"CERT_NONE", "CERT_OPTIONAL", "PROTOCOL_TLS", "PROTOCOL_TLSv1"}
SWITCHES = {"verify", "verify_ssl", "check_hostname", "verify_mode", "ssl_cert_reqs", "ssl_check_hostname", "shell"}
#: ``re.compile`` makes no code
HARMLESS = {"re.compile"}
#: where a module is imported by its name: one that the configuration names, and our own
IMPORTERS = {
    "sqsd/__init__.py",
    "sqsd_adapters/invoker/target.py",
    "sqsd_adapters/cli/__init__.py",
    "sqsd_adapters/cli/assembly/arguments.py",
    "sqsd_adapters/cli/command.py",
    "sqsd_adapters/cli/lazily.py",
    "sqsd_adapters/cli/run.py",
    "sqsd_adapters/testing/__init__.py",
}
#: what starts a program: our own command, in the tests of others
STARTERS = {
    "sqsd_adapters/testing/daemon_process.py": ["subprocess"],
    # by an array of arguments: the command that started us
    "sqsd_adapters/cli/processes/process.py": ["asyncio.create_subprocess_exec"],
}
IMPORTS_BY_NAME = {"import_module", "resolve_name", "load_module", "exec_module", "find_loader"}


def offences(source: str, *, may_import_by_name: bool = False) -> list[str]:
    forbidden = CALLS if may_import_by_name else CALLS | IMPORTS_BY_NAME
    return [found for node in ast.walk(ast.parse(source)) for found in _offences(node, forbidden)]


def _offences(node: ast.AST, forbidden: set[str]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (name.name for name in names if name.name.partition(".")[0] in MODULES)
        case ast.ImportFrom(module=str(module), names=names):
            yield from (name.name for name in names if {module.partition(".")[0], name.name} & (MODULES | NAMES))
        case ast.Call(func=func, keywords=keywords) if ast.unparse(func) not in HARMLESS:
            called = ast.unparse(func)
            if called.rpartition(".")[2] in forbidden or called == "yaml.load":
                yield called
            yield from (str(each.arg) for each in keywords if _turns_off(each.arg, each.value))
        case ast.Attribute(attr=name) | ast.Name(id=name) if name in NAMES:
            yield name
        case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if _turns_off(name, value):
            yield name


def _turns_off(name: str | None, value: ast.expr) -> bool:
    if name not in SWITCHES or not isinstance(value, ast.Constant):
        return False
    return value.value is True if name == "shell" else value.value in {False, None, "none", "optional"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_nothing_is_unpickled_evaluated_or_believed(file: Path) -> None:
    name = file.relative_to(SOURCE).as_posix()
    assert offences(file.read_text(), may_import_by_name=name in IMPORTERS) == STARTERS.get(name, [])


def test_all_of_the_source_is_looked_at() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import multiprocessing, pickle as p",
        "from pickle import loads",
        "import subprocess",
        "eval('1')",
        "builtins.exec(body)",
        "yaml.load(text)",
        "yaml.unsafe_load(text)",
        "os.system('ls')",
        "importlib.import_module(name)",
        "asyncio.create_subprocess_shell('ls')",
        "context.verify_mode = ssl.CERT_NONE",
        "from ssl import CERT_NONE",
        "context.check_hostname = False",
        "httpx.AsyncHTTPTransport(verify=False)",
        "ssl._create_unverified_context()",
        "Redis(ssl_cert_reqs='none')",
        "run(command, shell=True)",
    ],
)
def test_the_look_finds_what_it_looks_for(source: str) -> None:
    assert offences(source) != []


@pytest.mark.parametrize("source", ["re.compile('a')", "get_cert_path(verify=True)", "yaml.safe_load(text)"])
def test_the_look_passes_what_is_harmless(source: str) -> None:
    assert offences(source) == []
