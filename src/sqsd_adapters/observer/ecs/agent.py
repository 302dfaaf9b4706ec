"""The way to the ECS agent."""

from sqsd_adapters.observer.ecs.wire import PATH
from sqsd_adapters.transport.http11 import Http11Exchange

CONNECT_TIMEOUT = 2.0  # seconds; the agent is on the same host


def agent(*, url: str) -> Http11Exchange:
    """Make the exchange with the agent at ECS_AGENT_URI.

    Raises:
        ValueError: it is no URL.
    """
    return Http11Exchange(method="PUT", url=url.rstrip("/") + PATH, connections=1, connect_timeout=CONNECT_TIMEOUT)
