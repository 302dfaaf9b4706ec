"""What the adapters raise beyond the ports' own errors, each with a sentence that says what to do."""

from errno import EADDRINUSE

from sqsd_core.errors import SqsdError


class ConfigurationError(SqsdError):
    """The configuration is wrong."""


class AddressInUse(SqsdError):
    """Another process listens on this address."""

    @classmethod
    def of(cls, error: OSError, *, host: str, port: int, option: str) -> "AddressInUse":
        """Build the error from what the system said; ``option`` is the setting that chooses another port."""
        taken = error.errno == EADDRINUSE
        reason = "another process listens there" if taken else error.strerror or str(error)
        return cls(f"cannot listen on {host}:{port}: {reason}; choose another port with {option}")
