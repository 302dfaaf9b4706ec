"""The SDK's HTTP session with a bound on what is read of an answer."""

from typing import Any

import aiohttp

from sqsd_adapters.queue.sqs.http_session import WatchedSession

MAX_ANSWER = 67_108_864  # bytes: ten messages of 1 MiB (SQS's limit), each byte escaped in JSON as six


class BoundedSession(WatchedSession):
    """Reads at most ``MAX_ANSWER`` bytes of a body; its parser finds it cut."""

    async def _get_session(self, proxy_url: str | None) -> Any:  # noqa: ANN401 - the SDK's signature
        session = await super()._get_session(proxy_url)  # type: ignore[misc]  # which the stubs leave out
        session._response_class = BoundedResponse  # noqa: SLF001 - a parameter of aiohttp's session, which the SDK makes
        return session


class BoundedResponse(aiohttp.ClientResponse):
    """Closes the connection where the body goes on."""

    async def read(self) -> bytes:
        body = bytearray()
        try:
            async for piece in self.content.iter_any():
                body += piece
                if len(body) >= MAX_ANSWER:
                    self.close()
                    break
        except BaseException:
            self.close()
            raise
        return bytes(body[:MAX_ANSWER])
