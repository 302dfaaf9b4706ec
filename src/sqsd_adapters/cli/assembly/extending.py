"""Makes the parts of the extensions that the settings select."""

from collections.abc import Sequence

from sqsd_adapters.cli.settings.extension import Context
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_core import Clock


def extensions(settings: Settings, group: str, *, clock: Clock) -> Sequence[object]:
    """The parts of the extensions that are selected in a group."""
    context = Context(settings=settings, clock=clock)
    return tuple(each.make(context) for each in settings.extensions if each.group.value == group)


def extension(settings: Settings, group: str, *, clock: Clock) -> object:
    """The part of a group in which one extension is selected."""
    (made,) = extensions(settings, group, clock=clock)
    return made


def all_observers(made: Sequence[object], own: Sequence[object]) -> Sequence[object]:
    """What code brought along, then the extensions."""
    return (*made, *own)
