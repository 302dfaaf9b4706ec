"""How records look, and how loud libraries may be."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sqsd_adapters.cli.logs import logs
from sqsd_adapters.cli.logs.logs import CAPS, JsonFormatter, TextFormatter


def record(message: str = "message received", level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("sqsd_core.flow").makeRecord(
        "sqsd_core.flow", level, "", 0, message, (), None, extra=extra
    )
    made.created = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC).timestamp()
    return made


def _fail(text: str) -> None:
    raise RuntimeError(text)


def failing(text: str = "no luck") -> logging.LogRecord:
    made = record("crashed", logging.ERROR)
    try:
        _fail(text)
    except RuntimeError:
        made.exc_info = sys.exc_info()
    return made


class TestText:
    def test_a_record_is_a_line_of_time_level_event_and_fields(self) -> None:
        line = TextFormatter().format(record(message_id="a-1", duration=0.123456789))
        assert line == "2026-01-02T03:04:05.678Z INFO    message received message_id=a-1 duration=0.123457"

    @pytest.mark.parametrize(
        ("value", "word"),
        [
            ("two words", '"two words"'),
            ("", '""'),
            ('say "x"', '"say \\"x\\""'),
            ("a=b", '"a=b"'),
            ("a\nb", '"a\\nb"'),
            ("\x1b[31m", '"\\u001b[31m"'),
            (None, "None"),
            (3, "3"),
            (["a", "b"], "\"['a', 'b']\""),
        ],
    )
    def test_a_value_stays_in_one_piece(self, value: object, word: str) -> None:
        assert TextFormatter().format(record(field=value)).endswith(f" field={word}")

    def test_an_event_stays_on_its_line(self) -> None:
        assert "\n" not in TextFormatter().format(record("two\nlines"))

    def test_a_traceback_follows_on_indented_lines(self) -> None:
        first, *rest = TextFormatter().format(failing()).splitlines()
        assert first == "2026-01-02T03:04:05.678Z ERROR   crashed"
        assert rest[0] == "    Traceback (most recent call last):"
        assert all(line.startswith("    ") for line in rest)

    def test_an_exception_forges_no_line(self) -> None:
        forged = "2026-01-02T03:04:05.678Z INFO    message deleted"
        trace = TextFormatter().format(failing(f"no luck\n{forged}\r{forged}\u2028{forged}")).splitlines()[1:]
        assert trace[-1].startswith(f"    RuntimeError: no luck\\x0a{forged}\\x0d")
        assert not any(line.startswith("2026") for line in trace)

    @pytest.mark.parametrize("hostile", ["\x9b31m", "\u202egnp", "\u200b", "\x1b]0;title\x07", "\x85", "\ufeff"])
    def test_nothing_unprintable_passes(self, hostile: str) -> None:
        made = failing(f"no luck {hostile}")
        made.msg = f"event {hostile}"
        setattr(made, f"name{hostile}", f"value {hostile}")
        text = TextFormatter().format(made)
        assert hostile not in text
        assert all(line.isprintable() for line in text.split("\n"))

    def test_a_long_value_is_cut(self) -> None:
        line = TextFormatter().format(record("x" * 1_000_000, field="y" * 1_000_000))
        assert len(line) < 10_000
        assert line.endswith("…")


class TestJson:
    def test_a_record_is_one_object(self) -> None:
        assert json.loads(JsonFormatter().format(record(message_id="a-1", receive_count=2))) == {
            "ts": "2026-01-02T03:04:05.678Z",
            "level": "info",
            "logger": "sqsd_core.flow",
            "event": "message received",
            "message_id": "a-1",
            "receive_count": 2,
        }

    def test_a_traceback_is_a_field_of_the_one_line(self) -> None:
        line = JsonFormatter().format(failing())
        assert "\n" not in line
        assert json.loads(line)["exception"].endswith("\nRuntimeError: no luck")

    def test_what_a_terminal_does_not_show_is_escaped_and_comes_back(self) -> None:
        line = JsonFormatter().format(record("\x9b31m \u202e \u2028 \U000e0001 é 🙂"))
        assert line.isprintable()
        assert json.loads(line)["event"] == "\x9b31m \u202e \u2028 \U000e0001 é 🙂"
        assert "é 🙂" in line

    @pytest.mark.parametrize(
        "fields", [{"field": "x" * 1_000_000}, {"field": ["x" * 1_000_000]}, {f"n{i}": "🙂" * 4_000 for i in range(60)}]
    )
    def test_a_record_stays_an_object_however_long_it_is(self, fields: dict[str, object]) -> None:
        made = failing("🙂" * 1_000_000)
        made.__dict__.update(fields, msg="🙂" * 1_000_000)
        line = JsonFormatter().format(made)
        assert len(line.encode()) < 65_536
        assert json.loads(line)["level"] == "error"

    def test_what_json_does_not_know_is_written_as_text(self) -> None:
        path = os.PathLike
        assert json.loads(JsonFormatter().format(record(field=path)))["field"] == str(path)

    def test_a_field_cannot_take_the_place_of_a_standard_one(self) -> None:
        intruder = record(ts="never", event="no", logger="x")
        intruder.level = "loud"
        entry = json.loads(JsonFormatter().format(intruder))
        assert list(entry) == ["ts", "level", "logger", "event"]
        assert entry["level"] == "info"


@pytest.fixture
def restored_logging() -> Iterator[None]:
    names = ("", *CAPS)
    former = {name: (logging.getLogger(name).level, logging.getLogger(name).handlers[:]) for name in names}
    yield
    logging.captureWarnings(False)
    for name, (level, handlers) in former.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).handlers = handlers


@pytest.mark.usefixtures("restored_logging")
class TestConfigure:
    @staticmethod
    def lines(*, level: str, form: str = "json", log: dict[str, int]) -> list[str]:
        reader, writer = os.pipe()
        sink = logs.configure(level=level, form=form, fd=writer)  # type: ignore[arg-type] # parametrized
        for name, severity in log.items():
            logging.getLogger(name).log(severity, "event of %s", name)
        sink.flush()
        os.close(writer)
        with os.fdopen(reader) as stream:
            return stream.read().splitlines()

    def test_what_is_logged_anywhere_goes_to_the_descriptor(self) -> None:
        (line,) = self.lines(level="info", log={"sqsd_core.flow": logging.INFO})
        assert json.loads(line)["event"] == "event of sqsd_core.flow"

    def test_records_below_the_level_stay_out(self) -> None:
        assert not self.lines(level="warning", log={"sqsd_core.flow": logging.INFO})

    @pytest.mark.parametrize(
        "library", ["botocore.auth", "aiobotocore.x", "aiohttp.client", "httpcore.http11", "grpc._x"]
    )
    def test_libraries_that_tell_secrets_stay_quiet_even_when_debugging(self, library: str) -> None:
        assert not self.lines(level="debug", log={library: logging.DEBUG})

    def test_httpx_does_not_print_urls(self) -> None:
        assert not self.lines(level="debug", log={"httpx": logging.INFO})

    def test_a_cap_does_not_make_a_library_louder_than_the_rest(self) -> None:
        assert not self.lines(level="error", log={"botocore": logging.WARNING})

    def test_jobs_of_this_process_may_log_as_they_like(self) -> None:
        assert len(self.lines(level="debug", form="text", log={"my.jobs": logging.DEBUG})) == 1
