"""The exit codes of section 1 of the contract."""

from enum import IntEnum

from sqsd_adapters.errors import AddressInUse, ConfigurationError
from sqsd_core.errors import QueueRefused


class Exit(IntEnum):
    """How a process ends."""

    #: a complete drain
    DONE = 0
    #: an unexpected error
    CRASH = 1
    #: what the user has to fix first
    FIX_FIRST = 2
    #: DRAIN_TIMEOUT cut running jobs, or deletions were left unconfirmed
    CUT = 3


#: errors whose message says what the user has to fix
FIXABLE = (ConfigurationError, AddressInUse, QueueRefused)
