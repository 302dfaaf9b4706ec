"""Which daemons know why messages became dead letters: those named, else that of the variables or of the file."""

from collections.abc import Sequence
from pathlib import Path

from sqsd_adapters.cli.config_file import read_config_file
from sqsd_adapters.cli.dialling import dialled
from sqsd_adapters.cli.monitors import Monitors

OFF = "-1"


def monitors(
    *, config: Path | None, addresses: Sequence[str] | None, host: str, port: str, token: str | None
) -> Monitors:
    """Where to ask; nowhere if the monitor is off. The file's values include those of the environment."""
    if config is not None:
        settings = read_config_file(config).settings
        host, port = settings.MONITORING_HOST, str(settings.MONITORING_PORT)
        token = settings.MONITORING_TOKEN.get_secret_value() if settings.MONITORING_TOKEN else None
    if addresses is None:
        addresses = [] if port == OFF else [dialled(host, port)]
    return Monitors(addresses=addresses, token=token)
