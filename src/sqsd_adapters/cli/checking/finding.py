"""What one probe found."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How bad it is; reads without colour."""

    OK = "✔"
    #: it works, and will hurt
    WARN = "▲"
    #: the daemon cannot work
    STOP = "✖"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the answer."""

    mark: Mark
    name: str
    #: what was seen, and why it hurts
    why: str
    #: the one thing to do; a line of it that is a command stands alone
    fix: str = ""
    #: the table that it is about, such as ("queue", "orders"); None where there is no file, or it is about the daemon
    table: tuple[str, str] | None = None

    @property
    def is_ok(self) -> bool:
        return self.mark is Mark.OK

    def to_json(self) -> dict[str, object]:
        place = {} if self.table is None else dict([self.table])
        return {"name": self.name, "ok": self.is_ok, "why": self.why, "fix": self.fix, **place}


def ok(name: str, why: str) -> Finding:
    return Finding(mark=Mark.OK, name=name, why=why)


def warn(name: str, why: str, fix: str) -> Finding:
    return Finding(mark=Mark.WARN, name=name, why=why, fix=fix)


def stop(name: str, why: str, fix: str) -> Finding:
    return Finding(mark=Mark.STOP, name=name, why=why, fix=fix)
