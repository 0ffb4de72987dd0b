"""Decodes requests by the classes that OpenTelemetry publishes for Python.

Reads lines of `signal base64` and writes a line of JSON for each: protobuf's own mapping, with the names of the fields.
"""

import base64
import json
import sys

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest, "metrics": ExportMetricsServiceRequest}

for line in sys.stdin:
    signal, body = line.split()
    request = REQUESTS[signal].FromString(base64.b64decode(body))
    message = MessageToDict(
        request, preserving_proto_field_name=True, use_integers_for_enums=True, always_print_fields_with_no_presence=True
    )
    print(json.dumps({"signal": signal, "request": message}))
