"""OpenTelemetry: spans and metrics by the semantic conventions for messaging, version 1.44."""

from sqsd_adapters.observer.otel.conventions import Destination
from sqsd_adapters.observer.otel.exchange import TracedExchange
from sqsd_adapters.observer.otel.providers import SdkProviders
from sqsd_adapters.observer.otel.telemetry import Telemetry

__all__ = ["Destination", "SdkProviders", "Telemetry", "TracedExchange"]
