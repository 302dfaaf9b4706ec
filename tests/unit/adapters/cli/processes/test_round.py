"""What one process does with a reload that its parent decides."""

import asyncio
import logging

import pytest

from sqsd_adapters.cli.lifetime.rounds import REFUSED
from sqsd_adapters.cli.processes.round import ParentsRound
from sqsd_adapters.cli.settings.kept_files import KeptFiles
from sqsd_adapters.errors import ConfigurationError


class Said:
    """A round, and what its parent and its process are told."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.left = 0
        self.round = ParentsRound(files=KeptFiles(), answer=self.answers.append, leave=self.leave)

    def leave(self) -> None:
        self.left += 1


@pytest.mark.parametrize("accepted", [True, False])
async def test_the_parent_decides_on_what_is_accepted(*, accepted: bool) -> None:
    said = Said()
    said.round.accept()
    deciding = asyncio.create_task(said.round.decided())
    await asyncio.sleep(1.0)
    assert not deciding.done()
    said.round.decide(accepted=accepted)
    assert await deciding is accepted
    assert (said.answers, said.left) == ([""], 0)


async def test_a_refusal_is_told_to_the_parent_which_says_it(caplog: pytest.LogCaptureFixture) -> None:
    said = Said()
    said.round.refuse(REFUSED, ConfigurationError("no such queue"))
    said.round.decide(accepted=False)
    assert not await said.round.decided()
    assert (said.answers, said.left, caplog.records) == (["no such queue"], 0, [])


async def test_an_unexpected_error_is_logged_where_it_was_raised(caplog: pytest.LogCaptureFixture) -> None:
    said = Said()
    said.round.refuse(REFUSED, OSError("the database is down"))
    assert said.answers == ["OSError: the database is down"]
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


async def test_a_process_that_cannot_apply_what_the_others_do_is_started_again() -> None:
    said = Said()
    said.round.refuse(REFUSED, ConfigurationError("no such queue"))
    said.round.decide(accepted=True)
    assert not await said.round.decided()
    assert said.left == 1
