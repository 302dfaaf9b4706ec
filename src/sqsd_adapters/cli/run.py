"""``sqsd run``: the daemon as a process, from its environment to its exit code."""

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from sqsd_adapters.cli.assembly.descriptors import limits, raise_limit, too_few
from sqsd_adapters.cli.assembly.start_warnings import start_warnings
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import KEYS_OF_START, Configuration
from sqsd_adapters.cli.early_signals import forget_reload
from sqsd_adapters.cli.exits import FIXABLE, Exit
from sqsd_adapters.cli.lifetime.signals import ignore_signals
from sqsd_adapters.cli.logs import logs
from sqsd_adapters.cli.processes.birth import Birth
from sqsd_adapters.cli.processes.count import processes
from sqsd_adapters.cli.processes.orphan import Orphan
from sqsd_adapters.cli.processes.patience import drain_patience
from sqsd_adapters.cli.serving import serve_tables
from sqsd_adapters.cli.settings.kept_files import KeptFiles
from sqsd_adapters.cli.settings.settings import Environment

GARBAGE = 50_000  # new objects between two collections: messages in flight are many, and not garbage
LINGER = 2.0  # seconds that threads of jobs that were cut off get to end by themselves

logger = logging.getLogger(__name__)


def run(*, env_files: Mapping[Path, Collection[str]], config: Path | None = None) -> int:
    """Run until drained.

    ``env_files`` are those that were read into the environment, with what each set; ``config`` has several queues.

    Raises:
        ConfigurationError: names every problem.
    """
    occupy_standard_streams()
    birth = Birth.taken()
    forget_reload()
    try:
        files = KeptFiles() if birth is None else birth.files()
    except ValueError:  # the parent was killed meanwhile
        return Exit.DONE
    try:
        with files.used():
            return _run(env_files=env_files, config=config, birth=birth, files=files)
    except FIXABLE as error:
        if birth is None:  # the command says it, in a sentence
            raise
        birth.refuse(str(error))
        return Exit.FIX_FIRST


def _run(
    *, env_files: Mapping[Path, Collection[str]], config: Path | None, birth: Birth | None, files: KeptFiles
) -> int:
    configuration = _read(config) if birth is None else _read_as_child(config, birth)
    settings = configuration.settings
    form = settings.LOG_FORMAT or logs.default_format()
    count = 1 if birth is not None else processes(settings)
    sink = logs.configure(
        level=settings.LOG_LEVEL,
        form=form,
        fd=os.dup(logs.STDOUT),
        own={} if birth is None else {"process_number": birth.number},
        shared=birth is not None or count > 1,
    )
    if birth is None:  # the parent's limit and its warnings are those of its processes
        raise_limit(configuration)
        _warn(configuration, env_files, config)
    try:
        main = partial(_main, configuration, count=count, env_files=env_files, config=config, birth=birth, files=files)
        return run_to_end(main)
    finally:
        sink.flush()


def _main(
    configuration: Configuration,
    *,
    count: int,
    env_files: Mapping[Path, Collection[str]],
    config: Path | None,
    birth: Birth | None,
    files: KeptFiles,
) -> Coroutine[None, None, int]:
    """The daemon, one process of several, or their parent."""
    if birth is not None:
        child: Any = resolve_name("sqsd_adapters.cli.processes.child:Child")
        orphan = Orphan(birth.life, patience=drain_patience(configuration))
        orphan.follow()
        reread = None if config is None else partial(_reread, config, birth, orphan)
        return serve_tables(configuration, reread=reread, child=child(birth))
    if count > 1:
        supervise: Any = resolve_name("sqsd_adapters.cli.processes.parent:supervise")
        parent: Coroutine[None, None, int] = supervise(
            configuration, files=files, count=count, reread=partial(_read, config), env_files=env_files
        )
        return parent
    return serve_tables(configuration, reread=None if config is None else partial(_read, config), supervised=True)


def _read(config: Path | None, *, keeping: Collection[str] = ()) -> Configuration:
    return Configuration.of_one(Environment()) if config is None else read_config_file(config, keeping=keeping)


def _reread(config: Path, birth: Birth, orphan: Orphan) -> Configuration:
    """Read the configuration again in one process of several."""
    configuration = _read_as_child(config, birth)
    orphan.allow(drain_patience(configuration))
    return configuration


def _read_as_child(config: Path | None, birth: Birth) -> Configuration:
    """As in the other processes, which apply some variables only at start."""
    return birth.adapted(_read(config, keeping=KEYS_OF_START))


def _warn(configuration: Configuration, env_files: Iterable[Path], config: Path | None) -> None:
    found = start_warnings(configuration, environ=os.environ, env_files=env_files, config=config, parts=False)
    soft, _ = limits()
    for warning in chain(found, too_few(configuration, limit=soft)):
        logger.warning(warning.event, extra=warning.fields)


def run_to_end(serve: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run what serves until a signal, as the only thing that this process does; returns its exit code."""
    gc.set_threshold(GARBAGE)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        code = _guarded(lambda: runner.run(serve()))
        ignore_signals()
        _leave_without_stragglers(code)
    return code


def _guarded(serving: Callable[[], int]) -> int:
    try:
        return serving()
    except FIXABLE:  # the command says it, in a sentence
        raise
    except Exception:
        logger.critical("crashed", exc_info=True)
        return Exit.CRASH


def _leave_without_stragglers(code: int) -> None:
    """Threads that a job left behind would keep the process for ever; nothing is lost with them any more."""
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        watchdog = threading.Timer(LINGER, _leave, [code])
        watchdog.daemon = True
        watchdog.start()


def _leave(code: int) -> None:
    logger.warning("exiting while job threads still run")
    logging.shutdown()
    os._exit(code)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory


def occupy_standard_streams() -> None:
    """Point closed standard streams at the null device, or a socket could get a number that logs go to."""
    for fd in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        if fd is None:
            os.open(os.devnull, os.O_RDWR)
