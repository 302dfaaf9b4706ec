"""Files of a configuration are read once, and another process goes by the same content."""

from pathlib import Path

import pytest

from sqsd_adapters.cli.assembly.periodic import cron_tasks
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import KEYS_OF_START, Configuration
from sqsd_adapters.cli.settings.kept_files import KeptFiles, demand_readable, first_content, read_file
from sqsd_adapters.errors import ConfigurationError

TABLES = (
    '[worker.web]\nurl = "http://127.0.0.1/"\nparallel_count = {slots}\n'
    '[queue.jobs]\nurl = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"\nworker = "web"\n'
)
TICK = 'version: 1\ncron:\n  - name: "tick"\n    url: "/tick"\n    schedule: "* * * * *"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sqsd.toml"


def passed_on(files: KeptFiles) -> KeptFiles:
    return KeptFiles.decoded(files.encoded())


def test_a_file_that_was_read_says_the_same_later_and_in_another_process(file: Path) -> None:
    file.write_bytes(b"first \xff")
    files = KeptFiles()
    with files.used():
        read_file(file)
    file.unlink()
    for kept in (files, passed_on(files)):
        with kept.used():
            assert read_file(file) == b"first \xff"
            demand_readable(file)


def test_a_reload_reads_again_and_remembers_the_start(file: Path) -> None:
    files = KeptFiles()
    for content in (b"first", b"second", b"third"):
        file.write_bytes(content)
        files = files if content == b"first" else passed_on(files.next())
        with files.used():
            assert read_file(file) == content
            assert first_content(file) == (None if content == b"first" else b"first")


def test_without_kept_files_each_read_is_of_the_disk(file: Path) -> None:
    for content in (b"first", b"second"):
        file.write_bytes(content)
        assert read_file(file) == content
    file.unlink()
    with pytest.raises(FileNotFoundError):
        demand_readable(file)


def test_a_file_that_is_too_large_is_no_configuration(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(16_777_217)
    with pytest.raises(ConfigurationError, match="File too large"):
        read_config_file(file)


def test_what_was_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match="Unterminated string"):
        KeptFiles.decoded(KeptFiles({"a": "b"}).encoded()[:4])


def test_a_cron_file_is_read_with_the_settings_that_name_it(file: Path, tmp_path: Path) -> None:
    cron = tmp_path / "cron.yaml"
    cron.write_text(TICK)
    file.write_text(TABLES.format(slots=1) + f'cron_file = "{cron}"\n')
    files = KeptFiles()
    with files.used():
        read_config_file(file)
    cron.unlink()
    with passed_on(files).used():
        assert [task.name for task in cron_tasks(cron)] == ["tick"]
        [queue] = read_config_file(file).queues.values()
    assert str(queue.settings.CRON_FILE) == str(cron)


def test_variables_of_the_start_stay_in_a_process_that_reads_an_accepted_file(file: Path) -> None:
    kept, changed = as_read_after(file, "history_size = 5\nprocesses = 2\n", 'log_level = "debug"\nprocesses = 3\n')
    settings = kept.settings
    assert (settings.HISTORY_SIZE, settings.LOG_LEVEL, settings.PROCESSES) == (5, "info", 3)
    assert "LOG_LEVEL" not in settings.model_fields_set
    assert kept.workers["web"].settings.INVOKER_PARALLEL_COUNT == 2
    assert (changed.settings.HISTORY_SIZE, changed.settings.LOG_LEVEL) != (5, "info")


def as_read_after(file: Path, before: str, after: str) -> tuple[Configuration, Configuration]:
    """The file after a reload, as a process reads it, and as it is written."""
    files = KeptFiles()
    file.write_text(before + TABLES.format(slots=1))
    with files.used():
        read_config_file(file)
    files = files.next()
    file.write_text(after + TABLES.format(slots=2))
    with files.used():
        return read_config_file(file, keeping=KEYS_OF_START), read_config_file(file)
