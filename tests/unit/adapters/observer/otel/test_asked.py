"""Which variables ask for telemetry."""

from collections.abc import Mapping

import pytest

from sqsd_adapters.observer.asked import exporters, is_disabled

GRPC, HTTP = "otlp_proto_grpc", "otlp_proto_http"
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"}


@pytest.mark.parametrize(
    ("environ", "traces", "metrics"),
    [
        ({}, [], []),
        ({"OTEL_SERVICE_NAME": "jobs"}, [], []),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, [], []),
        (ENDPOINT, [GRPC], [GRPC]),
        ({**ENDPOINT, "OTEL_METRICS_EXPORTER": "none"}, [GRPC], []),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, [GRPC], []),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://collector:4318/v1/metrics"}, [], [GRPC]),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, [HTTP], [HTTP]),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, [HTTP], [GRPC]),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, ["otlp over http/json"], ["otlp over http/json"]),
        ({"OTEL_TRACES_EXPORTER": "otlp, console"}, [GRPC, "console"], []),
        ({"OTEL_METRICS_EXPORTER": "prometheus"}, [], ["prometheus"]),
    ],
)
def test_exporters_are_those_that_the_variables_name(
    environ: Mapping[str, str], traces: list[str], metrics: list[str]
) -> None:
    assert exporters(environ, "TRACES", default=False) == traces
    assert exporters(environ, "METRICS", default=False) == metrics


def test_where_telemetry_is_demanded_a_signal_goes_over_otlp_unless_it_is_turned_off() -> None:
    assert exporters({}, "TRACES", default=True) == [GRPC]
    assert exporters({"OTEL_TRACES_EXPORTER": "none"}, "TRACES", default=True) == []


@pytest.mark.parametrize(("value", "disabled"), [("true", True), (" TRUE ", True), ("false", False), ("1", False)])
def test_only_true_disables_the_sdk(value: str, disabled: bool) -> None:
    assert is_disabled({"OTEL_SDK_DISABLED": value}) is disabled
