"""The providers that the daemons of a process share: OpenTelemetry takes a global provider once per process."""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from opentelemetry import metrics, trace
from opentelemetry.metrics._internal import _ProxyMeterProvider  # no public name says that no provider is set

P = TypeVar("P")
Q = TypeVar("Q")


class Shared(Generic[P]):
    """The providers of one signal.

    Ours last as long as the process, as global providers do: jobs keep what they got from them, and another daemon may
    run beside the one that made them, or after it.
    """

    def __init__(self, *, current: Callable[[], P | None], install: Callable[[P], None]) -> None:
        """``current`` is the global provider, None while there is none; ``install`` makes one global."""
        self._current = current
        self._install = install
        self._ours: dict[Hashable, Any] = {}

    @property
    def programs(self) -> P | None:
        """The provider that the program has set; None if it has set none, or if it is ours."""
        current = self._current()
        return None if any(current is ours for ours in self._ours.values()) else current

    def get(self, settings: Hashable, make: Callable[[], Q]) -> Q:
        """Ours for these settings; made when it is first asked for."""
        if settings not in self._ours:
            self._ours[settings] = make()
        ours: Q = self._ours[settings]
        return ours

    def offer(self, provider: P) -> None:
        """Make it the global one, unless there is one."""
        if self._current() is None:
            self._install(provider)


def _tracers() -> trace.TracerProvider | None:
    current = trace.get_tracer_provider()
    return None if isinstance(current, trace.ProxyTracerProvider) else current


def _meters() -> metrics.MeterProvider | None:
    current = metrics.get_meter_provider()
    return None if isinstance(current, _ProxyMeterProvider) else current


#: those of this process
TRACERS = Shared(current=_tracers, install=trace.set_tracer_provider)
METERS = Shared(current=_meters, install=metrics.set_meter_provider)
