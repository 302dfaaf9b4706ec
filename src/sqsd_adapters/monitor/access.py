"""Authentication: each call must carry the bearer token of MONITORING_TOKEN."""

from hmac import compare_digest

import grpc

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.gate import Gate, Refusal
from sqsd_adapters.monitor.health import HEALTH_SERVICE
from sqsd_adapters.monitor.pace import Pace

#: The probes of Kubernetes and of load balancers cannot carry a token, and learn one bit by it. Watch holds a
#: stream open, so it is not among them.
OPEN_METHODS = frozenset({f"/{HEALTH_SERVICE}/Check"})
NO_TOKEN = Refusal(grpc.StatusCode.UNAUTHENTICATED, "a bearer token is needed, and this is not it")


def check_token(token: str) -> None:
    """Raise ConfigurationError for a token that no header can carry."""
    if not token or " " in token or not (token.isascii() and token.isprintable()):
        raise ConfigurationError("MONITORING_TOKEN must be printable ASCII without spaces, and not empty")


class BearerToken(Gate):
    """Refuses every call without ``authorization: Bearer <token>``, server reflection included."""

    def __init__(self, token: str, *, strangers: Pace) -> None:
        check_token(token)  # what no gRPC header can carry would shut everyone out
        self._token = token.encode()
        self._strangers = strangers

    async def refusal(self, call: grpc.HandlerCallDetails) -> Refusal | None:
        if self._admits(call):
            return None
        # A turn of the pace of strangers, so that guessing is slow and takes no turn from those with the token.
        await self._strangers.turn()
        return NO_TOKEN

    def _admits(self, call: grpc.HandlerCallDetails) -> bool:
        return call.method in OPEN_METHODS or self._is_shown_by(call)

    def _is_shown_by(self, call: grpc.HandlerCallDetails) -> bool:
        shown = [value for key, value in call.invocation_metadata if key == "authorization"]
        if len(shown) != 1 or not isinstance(shown[0], str):
            return False
        scheme, _, token = shown[0].partition(" ")
        return scheme.lower() == "bearer" and compare_digest(token.encode(), self._token)
