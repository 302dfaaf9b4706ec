"""``sqsd run``: the daemon as a process, from its environment to its exit code."""

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from sqsd_adapters.cli import logs
from sqsd_adapters.cli.advice import advice_of
from sqsd_adapters.cli.config_file import read_config_file
from sqsd_adapters.cli.configuration import Configuration
from sqsd_adapters.cli.descriptors import limits, raise_limit, too_few
from sqsd_adapters.cli.exits import FIXABLE, Exit
from sqsd_adapters.cli.serving import serve_tables
from sqsd_adapters.cli.settings import Environment
from sqsd_adapters.cli.signals import ignore_signals

GARBAGE = 50_000  # new objects between two collections: messages in flight are many, and not garbage
LINGER = 2.0  # seconds that threads of jobs that were cut off get to end by themselves

logger = logging.getLogger(__name__)


def run(*, env_files: Iterable[Path], config: Path | None = None) -> int:
    """Run until drained; ``env_files`` are those that were read into the environment, ``config`` has several queues.

    Raises:
        ConfigurationError: names every problem.
    """
    occupy_standard_streams()
    configuration = Configuration.of_one(Environment()) if config is None else read_config_file(config)
    settings = configuration.settings
    form = settings.LOG_FORMAT or logs.default_format()
    sink = logs.configure(level=settings.LOG_LEVEL, form=form, fd=os.dup(logs.STDOUT))
    raise_limit(configuration)
    _warn(configuration, env_files, config)
    try:
        return _serve(configuration, config)
    finally:
        sink.flush()


def _warn(configuration: Configuration, env_files: Iterable[Path], config: Path | None) -> None:
    found = advice_of(configuration, environ=os.environ, env_files=env_files, config=config)
    soft, _ = limits()
    for warning in chain(found, too_few(configuration, limit=soft)):
        logger.warning(warning.event, extra=warning.fields)


def _serve(configuration: Configuration, config: Path | None) -> int:
    reread = None if config is None else partial(read_config_file, config)
    return run_to_end(lambda: serve_tables(configuration, reread=reread, supervised=True))


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
    logger.warning("leaving threads of jobs behind")
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
