"""Pauses and resumes what a client asks for, and says in a status why not."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc

from sqsd_adapters.monitor._pb import sqsd_pb2
from sqsd_adapters.monitor.gate import Refusal
from sqsd_core.errors import UnknownQueue
from sqsd_core.ports.monitor import Monitor

LONGEST = 30 * 86_400  # seconds of a pause that ends by itself
LENGTHS = "more than 0 s and at most 30 days (720h)"

LOCKED = Refusal(
    grpc.StatusCode.PERMISSION_DENIED,
    "this monitor listens beyond loopback without authentication: set MONITORING_TOKEN or MONITORING_TLS_CLIENT_CA",
)


def is_length(seconds: float) -> bool:
    """Whether a pause may end by itself after so many seconds."""
    return 0 < seconds <= LONGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What strangers may not do; where strangers can ask, nobody may."""

    monitor: Monitor
    allowed: bool

    def pause(self, request: sqsd_pb2.PauseRequest) -> Refusal | None:
        """Pause; returns why not."""
        seconds = None
        if request.HasField("for"):
            given = getattr(request, "for")
            seconds = given.seconds + given.nanos / 1e9
            if not is_length(seconds):
                return Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"for: expected {LENGTHS}")
        return self._do(lambda: self.monitor.pause(queue=request.queue or None, seconds=seconds))

    def resume(self, request: sqsd_pb2.ResumeRequest) -> Refusal | None:
        """Resume; returns why not."""
        return self._do(lambda: self.monitor.resume(queue=request.queue or None))

    def _do(self, action: Callable[[], None]) -> Refusal | None:
        if not self.allowed:
            return LOCKED
        try:
            action()
        except UnknownQueue as error:
            return Refusal(grpc.StatusCode.NOT_FOUND, str(error))
        return None
