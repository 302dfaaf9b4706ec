"""Findings in a terminal."""

import io
from dataclasses import replace

from rich.console import Console

from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.checking.shown import print_findings

LONG = "aws sqs set-queue-attributes --queue-url https://sqs.eu-west-1.amazonaws.com/123456789012/jobs --attributes x"


def shown(*findings: Finding) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    print_findings(findings, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_finding_has_its_mark_its_name_what_was_seen_and_what_to_do() -> None:
    lines = shown(ok("clock", "agrees"), warn("Redis", "evicts", "use another"), stop("worker", "is off", "start it"))
    assert [line.split() for line in lines] == [
        ["✔", "clock", "agrees"],
        ["▲", "Redis", "evicts"],
        ["→", "use", "another"],
        ["✖", "worker", "is", "off"],
        ["→", "start", "it"],
        ["2", "findings,", "1", "stops", "the", "work"],
    ]


def test_a_long_sentence_wraps_within_80_columns_and_a_command_does_not() -> None:
    lines = shown(warn("redrive policy", "word " * 40, f"set it:\n{LONG}"))
    assert LONG in [line.strip() for line in lines]
    assert all(len(line) <= 80 for line in lines if LONG not in line)


def test_what_a_peer_said_moves_no_cursor() -> None:
    assert "\x1b" not in "".join(shown(stop("worker", "\x1b[2Jgone", "\x1b[2Jfix")))


def test_without_findings_it_says_so() -> None:
    assert shown(ok("clock", "agrees"))[-1].strip() == "no findings"


def test_the_findings_of_each_table_stand_below_its_name() -> None:
    lines = shown(
        ok("settings", "valid"),
        replace(ok("clock", "agrees"), table=("queue", "orders")),
        replace(ok("quota", "fine"), table=("queue", "orders")),
        replace(ok("worker", "answers"), table=("worker", "web")),
        ok("ports", "free"),
    )
    names = [line.split()[1] if line.startswith(" ") else line for line in lines[:-1]]
    assert names == ["settings", "queue orders", "clock", "quota", "worker web", "worker", "daemon", "ports"]
