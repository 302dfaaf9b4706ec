"""Which daemons know why messages became dead letters: those named, else that of the variables or of the file."""

from collections.abc import Sequence
from pathlib import Path

from sqsd_adapters.cli.monitors.dialling import dialled, named, of_file
from sqsd_adapters.cli.monitors.monitors import Monitors

OFF = "-1"


def monitors(
    *, config: Path | None, addresses: Sequence[str] | None, host: str, port: str, token: str | None
) -> Monitors:
    """Where to ask; nowhere if the monitor is off. The file's values include those of the environment."""
    if config is not None:
        host, port, token = of_file(config)
    if addresses is not None:
        return Monitors(addresses=named(addresses), token=token)
    return Monitors(addresses=[] if port == OFF else [dialled(host, port)], token=token)
