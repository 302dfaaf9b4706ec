"""Asks the histories of several daemons at once, and puts their answers together."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqsd_adapters.cli.monitors import Dial, ask_all
from sqsd_core.policy.history import Cause, Found, Query, most_frequent, together
from sqsd_core.policy.life import Life, merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What each daemon said, by its address; and why others said nothing."""

    found: dict[str, Found]
    silent: dict[str, str]

    @property
    def lives(self) -> Sequence[Life]:
        """Each message once, with what all daemons know of it; the newest first."""
        known: dict[str, list[Life]] = {}
        for found in self.found.values():
            for life in found.lives:
                known.setdefault(life.message_id, []).append(life)
        return sorted(map(merged, known.values()), key=lambda life: life.at, reverse=True)

    @property
    def causes(self) -> Sequence[Cause]:
        sums: dict[str, Cause] = {}
        for found in self.found.values():
            for cause in found.causes:
                sums[cause.reason] = together(sums[cause.reason], cause) if cause.reason in sums else cause
        return most_frequent(sums.values())


async def ask(addresses: Sequence[str], query: Query, *, dial: Dial) -> Answers:
    """Ask all at once; a daemon that does not answer keeps the others from nothing.

    Raises:
        ConfigurationError: a monitor requires another token or certificate.
    """
    answered = await ask_all(addresses, lambda client: client.find(query), dial=dial)
    for error in answered.refused.values():
        raise error
    return Answers(found=answered.found, silent=answered.silent)
