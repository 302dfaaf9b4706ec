"""The SDK's own HTTP, whose connections notice that SQS's host is gone."""

from typing import Any

import aiohttp
from aiobotocore.httpsession import AIOHTTPSession

from sqsd_adapters.transport.liveness import watched_socket


class WatchedSession(AIOHTTPSession):
    """Opens its connections with TCP keep-alive, for which the SDK has no setting."""

    _connector_args: dict[str, Any]

    async def _create_connector(self, proxy_url: str | None) -> aiohttp.TCPConnector:
        self._connector_args = {**self._connector_args, "socket_factory": watched_socket}
        connector: aiohttp.TCPConnector = await super()._create_connector(proxy_url)  # type: ignore[misc] # in no stub
        return connector
