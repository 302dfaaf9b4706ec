"""Which dead letters a command takes: by id, body, attribute and age; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """All conditions must hold; none of them takes everything.

    Raises:
        ConfigurationError: a condition is empty, as an empty variable of a script makes it: it would hold for every
            message. The error names the option.
    """

    #: the beginning of an id
    message_id: str | None = None
    #: a part of the body
    body: str | None = None
    #: NAME=VALUE, or NAME for any value
    attributes: Sequence[str] = ()
    #: seconds since the message was sent
    older_than: float | None = None
    newer_than: float | None = None

    def __post_init__(self) -> None:
        for option, text in (("--id", self.message_id), ("--body", self.body)):
            if text == "":
                raise ConfigurationError(f"{option}: expected a text that is not empty")
        for wanted in self.attributes:
            if not wanted.partition("=")[0]:
                raise ConfigurationError(f"--attribute {wanted}: expected NAME or NAME=VALUE")

    @property
    def is_everything(self) -> bool:
        return self == Choice()

    def takes(self, letter: DeadLetter, *, now: float) -> bool:
        age = now - letter.sent_at
        return (
            (self.message_id is None or letter.message_id.startswith(self.message_id))
            and (self.body is None or self.body in letter.body)
            and all(_has(letter, wanted) for wanted in self.attributes)
            and (self.older_than is None or age > self.older_than)
            and (self.newer_than is None or age < self.newer_than)
        )


def _has(letter: DeadLetter, wanted: str) -> bool:
    name, equals, value = wanted.partition("=")
    attribute = letter.message_attributes.get(name)
    if attribute is None:
        return False
    return not equals or attribute.get("StringValue") == value
