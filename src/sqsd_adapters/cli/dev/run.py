"""``sqsd dev``, from its options to its exit code."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqsd_adapters.cli.dev.given import Given
from sqsd_adapters.cli.dev.session import Session
from sqsd_adapters.cli.dev.trigger import trigger_elsewhere
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.logs import logs
from sqsd_adapters.cli.run import occupy_standard_streams, run_to_end
from sqsd_adapters.cli.values.signing_secrets import new_secret, parse_secrets
from sqsd_adapters.dev.keepsake import Keepsake, keepsake_in, state_folder
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.file import QueueFile

JOBS = "sqsd_core.flow.services.job_log"  # the logger that has a line for each failed job


def run(given: Given) -> int:
    """Run until a signal; or have a periodic task run by the ``sqsd dev`` that runs already.

    Raises:
        ConfigurationError: names every problem.
        AddressInUse: a port is taken.
    """
    occupy_standard_streams()
    keepsake, task = _keepsake(), given.task
    if task is not None and trigger_elsewhere(task, port=given.page_port, token=keepsake.token):
        return Exit.DONE
    if task is not None and not given.has_worker:
        raise ConfigurationError(f"--trigger: no sqsd dev runs on port {given.page_port}, and no worker is named")
    with _log(), _file(given) as file:
        return run_to_end(lambda: Session(given=given, keepsake=keepsake, file=file).serve())


def _keepsake() -> Keepsake:
    folder = state_folder()
    keepsake = keepsake_in(folder, new_secret=new_secret)
    try:
        parse_secrets(keepsake.signing_secret)
    except ValueError:
        raise ConfigurationError(f"{folder / 'dev.json'} holds no signing secret; delete the file") from None
    return keepsake


@contextmanager
def _log() -> Iterator[None]:
    """Log from warnings on, unless LOG_LEVEL asks for more: each call of the worker has a line anyway."""
    level = os.environ.get("LOG_LEVEL", "").strip().lower()
    known = level in {"debug", "info", "error", "critical"}
    as_json = os.environ.get("LOG_FORMAT", "").strip().lower() == "json"
    if not known:
        logging.getLogger(JOBS).setLevel(logging.ERROR)
    sink = logs.configure(
        level=level if known else "warning", form="json" if as_json else "text", fd=os.dup(logs.STDOUT)
    )
    try:
        yield
    finally:
        sink.flush()


@contextmanager
def _file(given: Given) -> Iterator[QueueFile | None]:
    if given.file is None:
        yield None
        return
    file = QueueFile.open(given.file)
    try:
        yield file
    finally:
        file.close()
