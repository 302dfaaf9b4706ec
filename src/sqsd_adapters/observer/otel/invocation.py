"""The span of a job, of one message or of a batch, until all of its messages are settled."""

from opentelemetry.trace import Span, Status, StatusCode

from sqsd_adapters.observer.otel import conventions as names
from sqsd_adapters.observer.otel.problems import Problem, problem_of
from sqsd_core.message import Message
from sqsd_core.outcome import Outcome, Succeeded
from sqsd_core.ports.observer import Ending


class Invocation:
    """What became of a single message is in the span's attributes.

    In a batch, a message that is not deleted is an event of the span. One failure makes the span an error.
    """

    def __init__(self, span: Span, *, messages: int, began: float) -> None:
        """``began``: monotonic seconds, for the code that measures the job."""
        self.began = began
        self._span = span
        self._messages = self._open = messages
        self._problems: list[Problem] = []

    def settle(self, message: Message, outcome: Outcome | None, ending: Ending | None, *, at: int) -> bool:
        """Note what became of a message at an instant in Unix nanoseconds; returns whether it was the last one.

        ``ending`` is None for a job that a drain cut off.
        """
        problem = problem_of(outcome)
        if problem is not None:
            self._problems.append(problem)
        told = {} if ending is None else _told(outcome, ending)
        if self._messages == 1:
            self._span.set_attributes(told)
        elif not isinstance(outcome, Succeeded):
            kind = {} if problem is None else {names.ERROR_TYPE: problem.kind}
            self._span.add_event(names.NOT_DELETED, {**names.identity(message), **told, **kind}, at)
        self._open -= 1
        return not self._open

    def end(self, *, at: int) -> str | None:
        """End the span at an instant in Unix nanoseconds; returns the kind of its error."""
        if not self._problems:
            self._span.end(at)
            return None
        kind, reason = self._problems[0]
        if self._messages > 1:
            reason = f"{len(self._problems)} of {self._messages} messages: {reason}"
        self._span.set_attribute(names.ERROR_TYPE, kind)
        self._span.set_status(Status(StatusCode.ERROR, reason))
        self._span.end(at)
        return kind


def _told(outcome: Outcome | None, ending: Ending) -> dict[str, str | float | bool]:
    told: dict[str, str | float | bool] = {names.OUTCOME: type(outcome).__name__}
    if ending.again is not None:
        told[names.NEXT_TRY_IN] = ending.again
    if ending.last:
        told[names.LAST_TRY] = ending.last
    return told
