"""What the SDK logs about its exports, as one line per minute of the daemon's own log."""

import logging
import threading
from collections import Counter

from sqsd_adapters.printable import printable

logger = logging.getLogger(__name__)

PAUSE = 60.0  # seconds between two lines of one of the SDK's loggers
SDK = "opentelemetry"


class Complaints(logging.Handler):
    """Takes the place of the other handlers for the loggers of OpenTelemetry, while a daemon has it open.

    A collector that is away makes the SDK log each batch, and a full queue each span.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: dict[str, float] = {}
        self._withheld: Counter[str] = Counter()
        self._guard = threading.Lock()
        self._open = 0

    def begin(self) -> None:
        self._open += 1
        sdk = logging.getLogger(SDK)
        sdk.addHandler(self)
        sdk.propagate = False

    def end(self) -> None:
        """Leave the loggers as they were, once each daemon that began has ended."""
        self._open -= 1
        if not self._open:
            sdk = logging.getLogger(SDK)
            sdk.removeHandler(self)
            sdk.propagate = True

    def emit(self, record: logging.LogRecord) -> None:
        with self._guard:
            if record.created - self._said.get(record.name, -PAUSE) < PAUSE:
                self._withheld[record.name] += 1
                return
            self._said[record.name] = record.created
            count = self._withheld.pop(record.name, 0) + 1
        fields = {"reason": printable(record.getMessage()), "source": record.name, "count": count}
        logger.warning("telemetry not exported", extra=fields)


#: those of this process
COMPLAINTS = Complaints()
