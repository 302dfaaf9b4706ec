"""Who may ask the server: not a web page elsewhere, whether by a request across sites or by DNS rebinding."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler

#: what a browser says of a request that no other site has caused
OWN_SITE = frozenset({"same-origin", "none"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound


class OriginGuard:
    """Refuses what a browser sends on behalf of another site.

    ``host`` is the name or address that the server listens on. A request must name it, one of ``allowed`` or a
    loopback address in its Host header. A server on every address accepts any address there, since what DNS
    rebinding brings is a name.
    """

    def __init__(self, *, host: str, allowed: Iterable[str] = ()) -> None:
        # the usual ones are looked up and not parsed
        self._names = {host.lower(), "localhost", "127.0.0.1", "::1", *(name.lower() for name in allowed)}
        self._every_address = host in EVERY_ADDRESS

    def refusal(self, headers: Mapping[str, str]) -> str | None:
        """The sentence by which a request with these headers is refused, or None."""
        host = headers.get("Host", "")
        if not self._is_ours(_name_of(host)):
            return "The Host header names neither this server's address nor a loopback address."
        origin = headers.get("Origin")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return "The Origin header names another site."
        if headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:
            return "The Sec-Fetch-Site header names another site."
        return None

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, or refuse it with 403 before anything of it is read."""
        refusal = self.refusal(request.headers)
        if refusal is not None:
            return web.Response(status=403, text=f"{refusal}\n")
        return await handler(request)

    def _is_ours(self, name: str) -> bool:
        if name in self._names:
            return True
        try:
            return ip_address(name).is_loopback or self._every_address
        except ValueError:
            return False


def _name_of(host: str) -> str:
    """The Host header without its port, and without the brackets of an IPv6 address."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
