// Decodes requests by the classes that OpenTelemetry generated for JavaScript (the last release that had them is named in
// scripts/real/senders.sh): lines of `signal base64` to lines of JSON, with the names of the schema.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const { opentelemetry } = createRequire(`${process.env.JS_CLASSES}/`)(
  '@opentelemetry/otlp-transformer/build/src/generated/root.js',
)
const { logs, metrics, trace } = opentelemetry.proto.collector
const REQUESTS = {
  traces: trace.v1.ExportTraceServiceRequest,
  logs: logs.v1.ExportLogsServiceRequest,
  metrics: metrics.v1.ExportMetricsServiceRequest,
}

for await (const line of createInterface({ input: process.stdin })) {
  const [signal, body] = line.split(' ')
  const type = REQUESTS[signal]
  const message = type.toObject(type.decode(Buffer.from(body, 'base64')), {
    longs: String,
    bytes: String,
    defaults: true,
  })
  console.log(JSON.stringify({ signal, request: withSchemaNames(message) }))
}

/** `timeUnixNano` is `time_unix_nano` in the schema. */
function withSchemaNames(value) {
  if (Array.isArray(value)) return value.map(withSchemaNames)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      withSchemaNames(one),
    ]),
  )
}
