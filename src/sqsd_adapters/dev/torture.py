"""Runs a message through every fault, one after the other, and says how often the worker was called with one id."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.dev.life import Life, State
from sqsd_adapters.dev.switches import SWITCHES
from sqsd_adapters.dev.tier import Tier
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import MessageId

HOLD = 2.0  # seconds that a fault lasts which would keep the message from its end
LONG = 4.0  # seconds that all of them last
DELAYS = ("late", "throttle", "take-sqs-away")
PATIENCE = 30.0  # seconds until a trial ends without the end of its message


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One run of the message."""

    label: str
    switches: tuple[str, ...] = ()
    #: seconds after which the faults end, where the message has not ended before; None: they last as long as it does
    hold: float | None = None
    copies: int = 1


def _alone(name: str, *, hold: float | None = None, copies: int = 1) -> Trial:
    return Trial(label=SWITCHES[name].label, switches=(name,), hold=hold, copies=copies)


TRIALS = (
    Trial(label="No fault"),
    _alone("deliver-twice"),
    _alone("lose-deletes"),
    _alone("out-of-order", copies=3),
    _alone("late"),
    _alone("fail-deletes", hold=HOLD),
    _alone("end-visibility", hold=HOLD),
    _alone("throttle", hold=HOLD),
    _alone("take-sqs-away", hold=HOLD),
    Trial(label="All but delays", switches=tuple(name for name in SWITCHES if name not in DELAYS), hold=LONG),
)


@dataclass(slots=True, kw_only=True)
class Result:
    """What became of one trial."""

    trial: Trial
    #: the answers to the calls of each copy, in order
    answers: Sequence[Sequence[str]] = ()
    #: where the copies ended
    ends: Sequence[str] = ()
    done: bool = False

    @property
    def repeated(self) -> bool:
        """Whether the worker was called more than once with the same id."""
        return any(len(answers) > 1 for answers in self.answers)

    @property
    def differs(self) -> bool:
        """Whether the worker answered a later call with the same id in another way."""
        return any(len(set(answers)) > 1 for answers in self.answers)

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.trial.label,
            "done": self.done,
            "calls": [len(answers) for answers in self.answers],
            "answers": [", ".join(answers) or "–" for answers in self.answers],
            "ends": [*self.ends],
            "repeated": self.repeated,
        }


@dataclass(slots=True, kw_only=True)
class Report:
    """All trials so far."""

    results: list[Result] = field(default_factory=list)
    verdict: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"trials": [result.to_json() for result in self.results], "verdict": self.verdict}


class Torture:
    """One at a time; turns every switch off before it begins and after it ends."""

    def __init__(self, *, tier: Tier, ledger: Ledger, patience: float = PATIENCE) -> None:
        self._tier, self._ledger = tier, ledger
        self._patience = patience
        self.running = False
        self.report: Report | None = None

    async def run(self, queue: str, sending: Sending, trials: Sequence[Trial] = TRIALS) -> Report:
        """Run all trials; where the message fails without a fault, only that one."""
        self.running, self.report = True, Report()
        try:
            for trial in trials:
                result = Result(trial=trial)
                self.report.results.append(result)
                await self._try(result, queue, sending)
                if not trial.switches and set(result.ends) != {State.DELETED}:
                    break
            self.report.verdict = verdict_of(self.report.results)
        finally:
            self._switch_all_off()
            self.running = False
        return self.report

    async def _try(self, result: Result, queue: str, sending: Sending) -> None:
        trial = result.trial
        self._switch_all_off()
        for name in trial.switches:
            self._tier.switch(name, on=True)
        ids = [self._tier.send(queue, sending) for _ in range(trial.copies)]
        if trial.hold is not None:
            await self._until_ended(ids, result, within=trial.hold)
            self._switch_all_off()
        await self._until_ended(ids, result, within=self._patience)
        result.done = True

    async def _until_ended(self, ids: Sequence[MessageId], result: Result, *, within: float) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + within
        while True:
            version = self._ledger.version
            lives = [life for each in ids if (life := self._ledger.find(each)) is not None]
            result.answers = [[call.answer for call in life.calls if call.ended_at] for life in lives]
            result.ends = [self._end_of(life) for life in lives]
            left = ends_at - loop.time()
            if left <= 0 or all(self._is_over(life) for life in lives):
                return
            await self._ledger.changed(since=version, within=left)

    def _is_over(self, life: Life) -> bool:
        return life.running is None and (life.gone or life.queue in self._tier.dead_letter_queues)

    def _end_of(self, life: Life) -> str:
        if life.gone:
            return life.state
        return State.DEAD if life.queue in self._tier.dead_letter_queues else "not done yet"

    def _switch_all_off(self) -> None:
        for name in self._tier.switched_on:
            self._tier.switch(name, on=False)


def verdict_of(results: Sequence[Result]) -> str:
    """What the trials say about the worker, in sentences."""
    first = results[0]
    if set(first.ends) != {State.DELETED}:
        answers = ", ".join(first.answers[0]) if first.answers and first.answers[0] else "nothing"
        return f"The worker did not succeed without any fault (it answered {answers}). Fix that first."
    repeated = [result for result in results if result.repeated]
    if not repeated:
        return "The worker was never called twice with the same id."
    names = ", ".join(result.trial.label for result in repeated)
    sentences = [f"The worker was called more than once with the same id in {len(repeated)} of {len(results)} trials"]
    sentences[0] += f" ({names})."
    if any(result.differs for result in repeated):
        sentences.append("It did not answer each of these calls in the same way.")
    else:
        sentences.append("It gave the same answer each time. Check that the work was done once.")
    if lost := [result.trial.label for result in results if set(result.ends) != {State.DELETED}]:
        sentences.append(f"The message was not deleted in: {', '.join(lost)}.")
    return " ".join(sentences)
