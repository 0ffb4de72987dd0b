import { useState } from 'preact/hooks'
import { me } from '../state/person.ts'
import { Snippet } from './basics.tsx'

/** Where OTLP over HTTP is listened for, unless the configuration says otherwise. */
export const endpoint = () => me.value?.otlp_endpoint ?? `http://${location.hostname}:4318`

const LANGUAGES = {
  curl: () => ({
    label: 'One log record, from a terminal',
    text: `curl ${endpoint()}/v1/logs -H 'content-type: application/json' -d '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},"scopeLogs":[{"logRecords":[{"severityText":"INFO","body":{"stringValue":"the first record"}}]}]}]}'`,
  }),
  'Node.js': () => ({
    label: 'In the folder of the application',
    text: `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
OTEL_SERVICE_NAME=my-service OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint()} \\
  OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp \\
  node --require @opentelemetry/auto-instrumentations-node/register app.js`,
  }),
  Python: () => ({
    label: 'In the environment of the application',
    text: `pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http && opentelemetry-bootstrap -a install
OTEL_SERVICE_NAME=my-service OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint()} \\
  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true \\
  opentelemetry-instrument python app.py`,
  }),
  Java: () => ({
    label: 'With the agent of OpenTelemetry beside the application',
    text: `curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar
OTEL_SERVICE_NAME=my-service OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint()} \\
  java -javaagent:opentelemetry-javaagent.jar -jar app.jar`,
  }),
  Go: () => ({
    label:
      'In the program: go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp',
    text: `exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL("${endpoint()}/v1/traces"))
if err != nil { log.Fatal(err) }
provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
otel.SetTracerProvider(provider)
defer provider.Shutdown(ctx)`,
  }),
  '.NET': () => ({
    label: 'With the automatic instrumentation of OpenTelemetry',
    text: `OTEL_SERVICE_NAME=my-service OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint()} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\
  ./instrument.sh dotnet run`,
  }),
  Collector: () => ({
    label: 'From an OpenTelemetry Collector that is there',
    text: `exporters:
  otlphttp/sensorium:
    endpoint: ${endpoint()}
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [otlphttp/sensorium] }
    logs: { receivers: [otlp], exporters: [otlphttp/sensorium] }
    metrics: { receivers: [otlp], exporters: [otlphttp/sensorium] }`,
  }),
} as const

/** How the first record comes in, in the reader's language, to be copied. */
export function FirstRecord() {
  const [language, setLanguage] = useState<keyof typeof LANGUAGES>('curl')
  const { label, text } = LANGUAGES[language]()
  return (
    <>
      <fieldset class="tabs" aria-label="Language">
        {Object.keys(LANGUAGES).map(name => (
          <button
            key={name}
            type="button"
            class="plain"
            aria-pressed={name === language}
            onClick={() => setLanguage(name as keyof typeof LANGUAGES)}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <Snippet label={label} text={text} />
    </>
  )
}
