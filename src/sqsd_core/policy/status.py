"""Everything that ``sqsd status`` shows: the snapshot, the last five minutes, and the depth of the queues."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqsd_core.policy.recent import Recent
from sqsd_core.policy.scoreboard import Depth, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The daemon at one moment; mappings are by the names of the queues' tables."""

    snapshot: Snapshot
    #: the name of this daemon, which no other has
    instance: str
    #: Unix time in seconds: when ``run`` began, and now
    started_at: float
    at: float
    #: now, on the clock of the breakers' instants
    monotonic: float
    recent: Mapping[str, Recent] = field(default_factory=dict)
    #: without queues that have not been asked yet, or do not answer
    depths: Mapping[str, Depth] = field(default_factory=dict)
