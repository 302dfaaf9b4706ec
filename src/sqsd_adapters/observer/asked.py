"""Whether the standard variables ask for telemetry, and for which exporters; imports nothing of OpenTelemetry."""

from collections.abc import Mapping
from typing import Literal

Signal = Literal["TRACES", "METRICS"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
DISABLED = "OTEL_SDK_DISABLED"
NONE = "none"
OTLP = "otlp"
PROTOCOLS = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}


def is_disabled(environ: Mapping[str, str]) -> bool:
    """Whether OTEL_SDK_DISABLED turns everything off."""
    return _value(environ, DISABLED).lower() == "true"


def exporters(environ: Mapping[str, str], signal: Signal, *, default: bool) -> list[str]:
    """Name the exporters of a signal, as their entry points are called; empty where there is nothing to export.

    ``default``: whether a signal that no variable mentions is exported over OTLP.
    """
    named = _value(environ, f"OTEL_{signal}_EXPORTER")
    if not named:
        own = _value(environ, ENDPOINT) or _value(environ, f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
        named = OTLP if own or default else NONE
    names = [name.strip() for name in named.split(",")]
    return [_over_protocol(environ, signal) if name == OTLP else name for name in names if name not in {"", NONE}]


def _over_protocol(environ: Mapping[str, str], signal: Signal) -> str:
    protocol = _value(environ, f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL") or _value(
        environ, "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    return PROTOCOLS.get(protocol, f"otlp over {protocol}") if protocol else PROTOCOLS["grpc"]


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()
