"""Who may use the page's server: the page itself and programs of this user, never a page of another site."""

from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler

from sqsd_adapters.queue.embedded.origin import OriginGuard

API = "/api/"
TOKEN = "X-Sqsd-Token"  # noqa: S105 - the name of a header
JSON = "application/json"

#: nothing from elsewhere, nothing inline, and no text that becomes markup
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class Guard:
    """Checks Host, Origin and Sec-Fetch-Site of each request, and the token of those that read or change messages.

    A link elsewhere may lead to the page, which holds no message; what the page then asks is of its own site.
    """

    def __init__(self, *, host: str, token: str) -> None:
        self._origin = OriginGuard(host=host)
        self._token = token

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, or refuse it before anything of it is read."""
        refusal = self._refusal(request)
        if refusal is not None:
            return web.json_response({"error": refusal}, status=403, headers=HEADERS)
        return await handler(request)

    def _refusal(self, request: web.Request) -> str | None:
        headers = dict(request.headers)
        if request.method == "GET" and request.path == "/" and headers.get("Sec-Fetch-Mode") == "navigate":
            headers.pop("Sec-Fetch-Site", None)
        if (refusal := self._origin.refusal(headers)) is not None:
            return refusal
        if not request.path.startswith(API):
            return None
        # an EventSource sends no headers of its own
        given = request.headers.get(TOKEN) or request.query.get("token", "")
        if not compare_digest(given.encode(), self._token.encode()):
            return "The token is missing or wrong. Load the page again."
        if request.method == "POST" and request.content_type != JSON:
            return "The Content-Type is not application/json."
        return None
