"""A screen at which a test presses keys."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from sqsd_adapters.cli.status.view import View
from sqsd_adapters.cli.top import state as states
from sqsd_adapters.cli.top.screen import frame
from sqsd_adapters.cli.top.steering import Effect, pressed
from sqsd_adapters.cli.why.asking import Answers
from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_core.policy.history import Found
from sqsd_core.policy.life import Life
from tests.support.screens import ADDRESS, MESSAGE, NOW, queue, status, task

OTHER = "host-8:6969"


class Screen:
    """What ``sqsd top`` would show and do."""

    def __init__(self, *addresses: str) -> None:
        self.state = states.of(addresses or [ADDRESS])
        self.effects: list[Effect] = []

    def told(
        self,
        *,
        address: str = ADDRESS,
        silent: str = "",
        silent_for: float = 0.0,
        polled: str = "",
        **fields: object,
    ) -> None:
        answered = None if silent else status(**fields)
        view = View(address=address, status=answered, silent=silent, silent_for=silent_for, polled=polled)
        self.state = self.state.told(view)

    def press(self, *keys: str) -> Effect:
        """Press the keys; returns what the last one leads to."""
        effect: Effect = None
        for key in keys:
            self.state, effect = pressed(self.state, key)
        return effect

    def found(self, *lives: Life) -> None:
        opened = self.state.opened
        assert opened is not None
        answers = Answers(found={ADDRESS: Found(lives=lives, size=10)}, silent={})
        self.state = replace(self.state, opened=opened.answered(answers))

    def shown(self, *, width: int = 80, height: int = 24, colour: bool = False) -> str:
        console = Console(
            file=io.StringIO(),
            width=width,
            height=height,
            force_terminal=colour,
            color_system="standard" if colour else None,
        )
        console.print(frame(self.state, console, now=float(NOW)), end="")
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.shown().split("\n")


@pytest.fixture
def screen() -> Screen:
    """A daemon with two queues, two causes and three tasks."""
    causes = [sqsd_pb2.Cause(reason="status 500", count=9, recent=5), sqsd_pb2.Cause(reason="refused", count=1)]
    screen = Screen()
    tasks = [task(age=60), task("b", queue="mails", age=30, receives=4), task("c", age=10)]
    screen.told(queues=[queue(causes=causes), queue("mails")], tasks=tasks)
    assert screen.state.rows[-3].key[2] == MESSAGE
    return screen
