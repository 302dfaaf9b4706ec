"""Asks the histories of several daemons at once, and puts their answers together."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqsd_adapters.cli.monitors.monitors import Dial, ask_all
from sqsd_core.policy.history import Cause, Found, Query, causes_of, lives_of
from sqsd_core.policy.life import Life


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What each daemon said, by its address; and why others said nothing."""

    found: dict[str, Found]
    silent: dict[str, str]

    @property
    def lives(self) -> Sequence[Life]:
        return lives_of(self.found.values())

    @property
    def causes(self) -> Sequence[Cause]:
        return causes_of(self.found.values())


async def ask(addresses: Sequence[str], query: Query, *, dial: Dial) -> Answers:
    """Ask all at once; a daemon that does not answer keeps the others from nothing.

    Raises:
        ConfigurationError: a monitor requires another token or certificate.
    """
    answered = await ask_all(addresses, lambda client: client.find(query), dial=dial)
    for error in answered.refused.values():
        raise error
    return Answers(found=answered.found, silent=answered.silent)
