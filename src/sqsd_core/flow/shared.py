"""What all workers and sources of a daemon share."""

from collections.abc import Callable
from dataclasses import dataclass

from sqsd_core.flow.admission import Admission
from sqsd_core.flow.watchers import Watchers
from sqsd_core.ports.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all parts of a daemon share."""

    admission: Admission
    watchers: Watchers
    clock: Clock
    random: Callable[[], float]
    #: seconds that jobs and polls still get, once the daemon drains
    time_left: Callable[[], float]
    #: seconds that the last acknowledgements get
    finish_time: Callable[[], float]
