"""What the adapters raise beyond the ports' own errors, each with a sentence that says what to do."""

from sqsd_core.errors import SqsdError


class ConfigurationError(SqsdError):
    """The configuration is wrong."""


class AddressInUse(SqsdError):
    """Another process listens on this address."""
