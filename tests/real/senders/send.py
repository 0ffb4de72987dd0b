"""Sends every kind of value by OpenTelemetry's SDK for Python; addresses come from OTEL_EXPORTER_OTLP_ENDPOINT."""

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

ATTRIBUTES = {"text": "ä ✓", "count": 7, "big": 2**53 + 1, "share": 0.1, "yes": True, "list": ["a", "b"], "numbers": [1, 2]}

resource = Resource.create({"service.name": "python-sender", "service.version": "1.2", "deployment.environment.name": "test"})
traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
metrics = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())])

tracer = traces.get_tracer("sender", "3.4")
logger = logs.get_logger("sender", "3.4")
with tracer.start_as_current_span("parent", kind=trace.SpanKind.SERVER, attributes=ATTRIBUTES) as parent:
    link = trace.Link(parent.get_span_context(), {"why": "because"})
    try:
        with tracer.start_as_current_span("child", links=[link]) as child:
            child.add_event("halfway", {"step": 2})
            logger.emit(LogRecord(timestamp=1_790_000_000_123_456_789, severity_number=SeverityNumber.WARN, severity_text="WARN",
                                  body="said in the child", attributes=ATTRIBUTES, context=trace.set_span_in_context(child)))
            raise ValueError("no such thing")
    except ValueError:
        pass
logger.emit(LogRecord(timestamp=1_790_000_000_000_000_001, severity_number=SeverityNumber.INFO, body={"user": {"id": 7}, "list": [1, "b"]},
                      event_name="sender.done"))

meter = metrics.get_meter("sender", "3.4")
meter.create_counter("sent", unit="1", description="What was sent").add(3, {"to": "a"})
meter.create_up_down_counter("waiting").add(-2)
meter.create_gauge("level").set(0.25, {"of": "tank"})
meter.create_histogram("took", unit="ms").record(12.5, {"to": "a"})
for provider in (traces, logs, metrics):
    provider.shutdown()
