"""The address of a monitor, from the variables of its daemon."""

from collections.abc import Sequence
from pathlib import Path

from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.settings.environment import is_service_link
from sqsd_adapters.cli.values.urls import LAST_PORT, check_address
from sqsd_adapters.errors import ConfigurationError

PORT = 6969  # the original's

#: wildcard addresses cannot be dialled; the loopback address that reaches them
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - never listened on here


def dialled(host: str, port: str) -> str:
    """The address that reaches a monitor listening on ``host``.

    Raises:
        ConfigurationError: MONITORING_PORT is not a port to connect to, or MONITORING_HOST is no host.
    """
    known = _WILDCARDS.get(host, host)
    number = PORT if is_service_link("MONITORING_PORT", port) else _port(port)
    address = f"[{known}]:{number}" if ":" in known else f"{known}:{number}"
    if not _is_address(address):
        raise ConfigurationError(f"MONITORING_HOST={host}: expected the name or the address of a host")
    return address


def named(addresses: Sequence[str]) -> Sequence[str]:
    """The addresses of ``--address``.

    Raises:
        ConfigurationError: names each that is none.
    """
    if wrong := ", ".join(address for address in addresses if not _is_address(address)):
        raise ConfigurationError(f"--address {wrong}: expected HOST:PORT, such as 127.0.0.1:{PORT}")
    return addresses


def of_file(config: Path) -> tuple[str, str, str | None]:
    """Host, port and token of the monitor of a configuration file; its values include those of the environment.

    Raises:
        ConfigurationError: names every problem of the file.
    """
    settings = read_config_file(config).settings
    token = settings.MONITORING_TOKEN
    return settings.MONITORING_HOST, str(settings.MONITORING_PORT), token.get_secret_value() if token else None


def _is_address(text: str) -> bool:
    try:
        check_address(text)
    except ValueError:
        return False
    return True


def _port(text: str) -> int:
    if text.strip().isdecimal() and 0 < int(text) <= LAST_PORT:
        return int(text)
    reason = "the monitor is off" if text == "-1" else f"expected an integer between 1 and {LAST_PORT}"
    raise ConfigurationError(f"MONITORING_PORT={text}: {reason}; use the port of the daemon's monitor, or --address")
