"""Sends spans, logs as spans, an exception and a metric by Logfire; addresses come from OTEL_EXPORTER_OTLP_ENDPOINT."""

import logfire

logfire.configure(send_to_logfire=False, console=False, service_name="logfire-sender", service_version="1.2", environment="test")

with logfire.span("order {order_id}", order_id=7, items=["a", "b"], deep={"user": {"id": 7}}):
    logfire.info("charged {amount} ✓", amount=12.5)
    try:
        with logfire.span("book"):
            raise ValueError("no such thing")
    except ValueError:
        logfire.exception("not booked")
logfire.metric_counter("sent", unit="1").add(3, {"to": "a"})
logfire.metric_histogram("took", unit="ms").record(12.5, {"to": "a"})
logfire.force_flush()
logfire.shutdown()
