"""``sqsd.toml``: what it configures, what takes precedence, and how each problem is named."""

from pathlib import Path

import pytest

from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import Changes, Configuration
from sqsd_adapters.errors import ConfigurationError
from sqsd_core import Rate, Share

SQS = "https://sqs.eu-central-1.amazonaws.com/123456789012"
GOOD = f"""
visibility_timeout = "2m"
log_level = "warning"

[worker.web]                    # where messages run
url = "http://127.0.0.1:8080/"
parallel_count = 32
sharing = "strict"

[queue.orders]
url = "{SQS}/orders"
worker = "web"
weight = 3

[queue.mails]
url = "{SQS}/mails.fifo"
worker = "web"
path = "/mails?fast=1"
visibility_timeout = "5m"
"""


EVERY_PROBLEM = f"""
sqsd.toml:2: bogus: no such key
sqsd.toml:5: [worker.web] timout: no such key; did you mean timeout?
sqsd.toml:11: [queue.a] weight: 0: expected a number greater than 0 and at most 1,000,000
sqsd.toml:15: [queue.b] path: mails: a path begins with '/'; expected a path that begins with /, such as /mails
sqsd.toml:18: [queue.d] worker: not set; expected text
sqsd.toml:22: [queue.e] worker: there is no table [worker.nowhere]
sqsd.toml:6: [worker.idle] no queue feeds this worker; remove it, or name it in a queue's table
sqsd.toml:13: [queue.b] url: {SQS}/a is also the url of [queue.a]
sqsd.toml:16: [queue.c] url: not set; expected https://sqs.<region>.amazonaws.com/<account>/<name>, http://… or \
memory://<name>
sqsd.toml:1: visibility_timeout: 5x: expected a duration such as 60s, 1m30s, 500ms, or a number of seconds, between \
1s and 12h
sqsd.toml:13: [queue.b] url: {SQS}/a/: the last part of the path is not a queue name; expected \
https://sqs.<region>.amazonaws.com/<account>/<name>, http://… or memory://<name>
""".strip().splitlines()


def read(text: str, folder: Path) -> Configuration:
    path = folder / "sqsd.toml"
    path.write_text(text)
    return read_config_file(path)


def problems(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        read(text, folder)
    return [line.strip().removeprefix(f"{folder}/") for line in str(refused.value).splitlines()[1:]]


@pytest.mark.parametrize(("own", "wrong"), [('invoker = "os:getcwd"', []), ('url = "ftp://x"', ["url"]), ("", [])])
def test_a_worker_that_no_queue_feeds_has_its_own_problems_only(own: str, wrong: list[str], tmp_path: Path) -> None:
    text = f'[queue.a]\nurl = "{SQS}/a"\nworker = "w"\n[worker.w]\nurl = "http://127.0.0.1/"\n[worker.idle]\n{own}\n'
    first, *others = problems(text, tmp_path)
    assert first.startswith("sqsd.toml:6: [worker.idle] no queue feeds this worker")
    assert [problem.split(": ")[1].removeprefix("[worker.idle] ") for problem in others] == wrong


def test_tables_are_workers_and_queues_in_the_order_of_the_file(tmp_path: Path) -> None:
    configuration = read(GOOD, tmp_path)

    assert list(configuration.queues) == ["orders", "mails"]
    orders, mails = configuration.queues.values()
    assert (orders.settings.QUEUE_URL, orders.worker, orders.weight, orders.path) == (f"{SQS}/orders", "web", 3.0, None)
    assert (mails.path, mails.weight) == ("/mails?fast=1", 1.0)
    web = configuration.workers["web"]
    assert (web.settings.INVOKER_PARALLEL_COUNT, web.share) == (32, Share.STRICT)


def test_the_top_is_the_default_of_every_table(tmp_path: Path) -> None:
    configuration = read(GOOD, tmp_path)

    timeouts = {name: table.settings.VISIBILITY_TIMEOUT for name, table in configuration.queues.items()}
    assert timeouts == {"orders": 120.0, "mails": 300.0}
    assert configuration.settings.LOG_LEVEL == "warning"


def test_a_rate_and_adaptive_slots_belong_to_a_worker_and_may_stand_at_the_top(tmp_path: Path) -> None:
    own = read(GOOD.replace("parallel_count = 32", 'parallel_count = 32\nrate = "50/s"\nadaptive = true'), tmp_path)
    at_the_top = read(f'invoker_rate = "50/s"\ninvoker_adaptive = true\n{GOOD}', tmp_path)

    for configuration in (own, at_the_top):
        settings = configuration.workers["web"].settings
        assert (Rate(starts=50), True) == (settings.INVOKER_RATE, settings.INVOKER_ADAPTIVE)


def test_the_environment_goes_before_the_top_and_the_tables_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISIBILITY_TIMEOUT", "90s")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("INVOKER", "os.path:basename")
    monkeypatch.setenv("QUEUE_URL", "memory://another")
    configuration = read(GOOD, tmp_path)

    timeouts = {name: table.settings.VISIBILITY_TIMEOUT for name, table in configuration.queues.items()}
    assert timeouts == {"orders": 90.0, "mails": 300.0}
    assert configuration.settings.LOG_LEVEL == "debug"
    assert configuration.workers["web"].settings.INVOKER is None
    assert f"{SQS}/orders" == configuration.queues["orders"].settings.QUEUE_URL


def test_every_problem_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    text = f"""visibility_timeout = "5x"
bogus = 1
[worker.web]
url = "http://127.0.0.1:8080/"
timout = 5
[worker.idle]
url = "http://127.0.0.1:8080/"
[queue.a]
url = "{SQS}/a"
worker = "web"
weight = 0
[queue.b]
url = "{SQS}/a/"
worker = "web"
path = "mails"
[queue.c]
worker = "web"
[queue.d]
url = "{SQS}/d"
[queue.e]
url = "{SQS}/e"
worker = "nowhere"
"""
    assert problems(text, tmp_path) == EVERY_PROBLEM


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ('url = "http://127.0.0.1:8080/"', ""),
            "sqsd.toml:5: [worker.web] invoker: no invoker configured: set url or ",
        ),
        (("parallel_count = 32", "parallel_count = 0"), "sqsd.toml:7: [worker.web] parallel_count: 0: expected an int"),
        (("parallel_count = 32", 'headers = "a\\nb"'), "sqsd.toml:7: [worker.web] headers: ***: "),
        (
            ('sharing = "strict"', 'sharing = "fair"'),
            "sqsd.toml:8: [worker.web] sharing: fair: expected weighted or str",
        ),
        (("[queue.mails]", '[queue."my mails"]'), "sqsd.toml:15: [queue.my mails] a name has 1 to 80 letters, digits,"),
        (("[queue.mails]", "[queues.mails]"), "sqsd.toml:15: [queues] no such table; did you mean [queue.NAME]?"),
        (('visibility_timeout = "5m"', 'error_visibility_timeout = "2h"'), "sqsd.toml:15: [queue.mails] error_visibi"),
        (
            ("weight = 3", "message_payload = 's4'"),
            "sqsd.toml:13: [queue.orders] message_payload: s4: expected none, s3",
        ),
        (("weight = 3", "message_envelope = 'foo'"), "sqsd.toml:13: [queue.orders] message_envelope: foo: expected no"),
        (("weight = 3", "log_level = 'debug'"), "sqsd.toml:13: [queue.orders] log_level: no such key"),
    ],
)
def test_a_problem_names_table_key_and_line(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    (found,) = problems(GOOD.replace(*change), tmp_path)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('worker = "web"\nweight', "weight"), "[queue.orders] fetcher_wait_time: long: expected a duration"),
        (('worker = "web"\nweight', 'worker = "wbe"\nweight'), "[queue.orders] fetcher_wait_time: long: expected a "),
        (("weight = 3", "weight = 0"), "[queue.orders] fetcher_wait_time: long: expected a duration"),
        (
            ("[queue.orders]", '[worker.idle]\ntimeout = "soon"\n[queue.orders]'),
            "[worker.idle] timeout: soon: expected",
        ),
    ],
)
def test_the_values_of_a_table_that_leads_nowhere_are_checked_as_well(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    wrong = GOOD.replace("[queue.orders]", '[queue.orders]\nfetcher_wait_time = "long"').replace(*change)
    assert problem in "\n".join(problems(wrong, tmp_path))


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    text = GOOD.replace("parallel_count = 32", 'headers = "s3cret\\nx"')
    assert "s3cret" not in "".join(problems(text, tmp_path))


def test_a_file_that_is_no_toml_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"sqsd\.toml: not TOML: .*line 2, column 5"):
        read("[worker.web]\nurl x", tmp_path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml: No such file"):
        read_config_file(tmp_path / "none.toml")


def test_a_file_without_a_queue_says_what_to_add(tmp_path: Path) -> None:
    assert problems("", tmp_path) == ["sqsd.toml: no queue: add a table [queue.NAME]"]


def test_periodic_tasks_of_the_environment_belong_to_no_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRON_FILE", "/dev/null")
    assert problems(GOOD, tmp_path) == [
        "CRON_FILE: set cron_file in the table of the queue that gets the tasks instead"
    ]


def test_keys_inside_a_string_of_several_lines_are_none(tmp_path: Path) -> None:
    text = GOOD.replace("parallel_count = 32", 'headers = """\nA: b\nbogus = 1"""\nparallel_count = 0')
    found = problems(text, tmp_path)
    assert [problem.partition(":")[2].partition(":")[0] for problem in found] == ["10", "7"]


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        (("", ""), ("", "", "", "")),
        (("weight = 3", "weight = 2"), ("", "", "orders", "orders")),
        (("weight = 3", 'message_payload = "s3"'), ("", "", "orders", "orders")),
        (("parallel_count = 32", "parallel_count = 31"), ("web", "web", "mails orders", "mails orders")),
        (("parallel_count = 32", 'parallel_count = 32\nrate = "50/s"'), ("web", "web", "mails orders", "mails orders")),
        (
            ("parallel_count = 32", "parallel_count = 32\nadaptive = true"),
            ("web", "web", "mails orders", "mails orders"),
        ),
        (('log_level = "warning"', ""), ("", "", "", "")),
        (("[queue.mails]", "[queue.letters]"), ("", "", "mails", "letters")),
    ],
)
def test_a_reload_changes_what_differs(
    tmp_path: Path, change: tuple[str, str], changes: tuple[str, str, str, str]
) -> None:
    found = Changes.between(read(GOOD, tmp_path), read(GOOD.replace(*change), tmp_path))
    parts = (found.workers_left, found.workers_joined, found.queues_left, found.queues_joined)
    assert tuple(" ".join(sorted(part)) for part in parts) == changes


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("monitorin_port = 1", "did you mean monitoring_port?"),
        ("MONITORING_PORT = 1", "did you mean monitoring_port?"),
        ("parallel_count = 1", "did you mean parallel_count in [worker.NAME]?"),
        ("paralel_count = 1", "did you mean parallel_count in [worker.NAME]?"),
        ("invoker_url = 'http://a/'", "did you mean url in [worker.NAME]?"),
        ("url = 'http://a/'", "did you mean url in [worker.NAME], or url in [queue.NAME]?"),
        ("weight = 1", "did you mean weight in [queue.NAME]?"),
        ("[queus.a]", "did you mean [queue.NAME]?"),
        ("[metrics]", "tables are [worker.NAME] and [queue.NAME]"),
    ],
)
def test_an_unknown_key_or_table_of_the_top_gets_a_suggestion(line: str, said: str, tmp_path: Path) -> None:
    [problem] = problems(f"{GOOD}\n{line}\n" if line.startswith("[") else f"{line}\n{GOOD}", tmp_path)
    assert problem.endswith(f"; {said}")


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("[queue.orders]", "log_level = 'info'", "did you mean log_level at the top of the file?"),
        ("[queue.orders]", "sharing = 'strict'", "did you mean sharing in [worker.NAME]?"),
        ("[worker.web]", "fetcher_wait_time = '3s'", "did you mean fetcher_wait_time in [queue.NAME], or"),
        ("[worker.web]", "TIMEOUT = '3s'", "did you mean timeout?"),
    ],
)
def test_a_key_of_another_table_is_shown_its_place(table: str, line: str, said: str, tmp_path: Path) -> None:
    [problem] = problems(GOOD.replace(table, f"{table}\n{line}"), tmp_path)
    assert said in problem


def test_a_table_without_a_name_is_one_problem(tmp_path: Path) -> None:
    found = problems(GOOD.replace("[worker.web]", "[worker]"), tmp_path)
    assert found[0].endswith("[worker] the table has no name; write [worker.NAME]")
    assert not any("url: expected a table" in problem for problem in found)
