"""A collector of OpenTelemetry in the test's process: takes OTLP over HTTP, or over gRPC, and decodes it."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import grpc.aio
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


class Collected(NamedTuple):
    """A span as it arrived."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: Mapping[str, Any]
    #: of the resource
    service: str
    #: trace and span of each link
    links: list[tuple[str, str]]


class Received:
    """What a collector has been sent."""

    def __init__(self) -> None:
        self.spans: list[Collected] = []
        self.metrics: set[str] = set()
        #: queues whose jobs have a duration among the metrics
        self.places: set[str] = set()

    def named(self, name: str) -> list[Collected]:
        return [span for span in self.spans if span.name.startswith(name)]

    def take_traces(self, request: trace_service_pb2.ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            service = _plain(resource.resource.attributes).get("service.name", "")
            for scope in resource.scope_spans:
                self.spans += [_span(span, service) for span in scope.spans]

    def take_metrics(self, request: metrics_service_pb2.ExportMetricsServiceRequest) -> None:
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                self.metrics.update(metric.name for metric in scope.metrics)
                for metric in scope.metrics:
                    points = metric.histogram.data_points if metric.name == "messaging.process.duration" else ()
                    self.places.update(_plain(point.attributes)["messaging.destination.name"] for point in points)


class HttpCollector(Received):
    """OTLP over HTTP, in protobuf."""

    protocol = "http/protobuf"

    def __init__(self) -> None:
        super().__init__()
        app = web.Application()
        app.router.add_post("/v1/traces", self._traces)
        app.router.add_post("/v1/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _traces(self, request: web.Request) -> web.Response:
        self.take_traces(trace_service_pb2.ExportTraceServiceRequest.FromString(await request.read()))
        return web.Response(content_type="application/x-protobuf")

    async def _metrics(self, request: web.Request) -> web.Response:
        self.take_metrics(metrics_service_pb2.ExportMetricsServiceRequest.FromString(await request.read()))
        return web.Response(content_type="application/x-protobuf")


class GrpcCollector(Received):
    """OTLP over gRPC."""

    protocol = "grpc"

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(_Traces(self), self._server)  # type: ignore[no-untyped-call]
        metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(_Metrics(self), self._server)  # type: ignore[no-untyped-call]
        self._port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(0)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"


class _Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, received: Received) -> None:
        self._received = received

    async def Export(self, request: Any, context: Any) -> trace_service_pb2.ExportTraceServiceResponse:  # noqa: N802 - gRPC's
        self._received.take_traces(request)
        return trace_service_pb2.ExportTraceServiceResponse()


class _Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
    def __init__(self, received: Received) -> None:
        self._received = received

    async def Export(self, request: Any, context: Any) -> metrics_service_pb2.ExportMetricsServiceResponse:  # noqa: N802 - gRPC's
        self._received.take_metrics(request)
        return metrics_service_pb2.ExportMetricsServiceResponse()


class SilentCollector:
    """Accepts connections and never answers; never reads either."""

    protocol = "http/protobuf"

    async def __aenter__(self) -> Self:
        self._writers: list[asyncio.StreamWriter] = []
        self._server = await asyncio.start_server(self._keep, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _keep(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)


def _span(span: Any, service: str) -> Collected:
    return Collected(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes=_plain(span.attributes),
        service=service,
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value") for each in attributes}
