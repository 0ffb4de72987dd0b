import protobuf from 'protobufjs'

/**
 * As much of opentelemetry-proto 1.x as the tests look at, for protobufjs: a decoder that shares nothing with the SDK's
 * encoder or with Sensorium. Field numbers are those of the public .proto files.
 */
const { root } = protobuf.parse(
  `syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3;
  double double_value = 4; ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }

message TracesRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  repeated Event events = 11; repeated Link links = 13; Status status = 15; }
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Status { string message = 2; int32 code = 3; }

message LogsRequest { repeated ResourceLogs resource_logs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; }
message LogRecord { fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
  repeated KeyValue attributes = 6; bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11;
  string event_name = 12; }

message MetricsRequest { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message Metric { string name = 1; string unit = 3; Points gauge = 5; Points sum = 7; CountedPoints histogram = 9;
  CountedPoints exponential_histogram = 10; }
message Points { repeated Point data_points = 1; }
message Point { fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; }
message CountedPoints { repeated CountedPoint data_points = 1; }
message CountedPoint { fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; }

message Response { PartialSuccess partial_success = 1; }
message PartialSuccess { int64 rejected = 1; string error_message = 2; }`,
  { keepCase: true },
)

function decoder(type: string): (bytes: Uint8Array) => unknown {
  const message = root.lookupType(type)
  return bytes =>
    message.toObject(message.decode(bytes), { longs: BigInt, bytes: String, arrays: true, defaults: true })
}

export const REQUEST_DECODERS = {
  traces: decoder('TracesRequest'),
  logs: decoder('LogsRequest'),
  metrics: decoder('MetricsRequest'),
}

/** The answer of a receiver that refuses some records. */
export function encodePartialSuccess(rejected: number, message: string): Uint8Array {
  const response = root.lookupType('Response')
  return response.encode({ partial_success: { rejected, error_message: message } }).finish()
}
