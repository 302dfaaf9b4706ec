"""The process environment as a source of settings, without what Kubernetes puts there under our names."""

import os
import re
from typing import Any

from pydantic_settings import EnvSettingsSource

from sqsd_adapters.cli.settings.former_names import GONE

#: a Service ``monitoring`` puts MONITORING_PORT=tcp://10.96.7.12:80 into each pod of its namespace
_SERVICE_LINK = re.compile(r"(?:tcp|udp|sctp)://", re.ASCII)


def is_service_link(name: str, value: object) -> bool:
    """Whether Kubernetes set the variable, for a Service of that name."""
    return name.endswith("_PORT") and _SERVICE_LINK.match(str(value).strip()) is not None


class Variables(EnvSettingsSource):
    """The variables of the settings, and those that are gone, which the settings refuse.

    A service link counts as unset, so that the pod starts.
    """

    def __call__(self) -> dict[str, Any]:
        given = super().__call__()
        gone = {name: os.environ[name] for name in GONE if os.environ.get(name)}
        return gone | {name: value for name, value in given.items() if not is_service_link(name, value)}
