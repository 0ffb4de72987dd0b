import { datable } from '../../pipeline/datable.ts'
import { edgeRecord, edgeScope, hexOrEmpty, presentAttributes } from '../../pipeline/edge/record.ts'
import type { LogRecord, Resource } from '../../pipeline/model/index.ts'
import type { Entry, Stream } from './push-request.ts'

const SCOPE = edgeScope('sensorium.loki')

/** What Loki's agents call things, and OpenTelemetry's name for it. The first that a stream has counts. */
const RESOURCE_NAMES: readonly (readonly [string, readonly string[]])[] = [
  ['service.name', ['service_name', 'service', 'app', 'app_kubernetes_io_name', 'job', 'container']],
  ['deployment.environment.name', ['deployment_environment_name', 'deployment_environment', 'environment', 'env']],
  ['service.version', ['service_version', 'version']],
  ['host.name', ['host_name', 'hostname', 'host', 'instance', 'node']],
  ['k8s.namespace.name', ['k8s_namespace_name', 'namespace']],
  ['k8s.pod.name', ['k8s_pod_name', 'pod']],
]

const LEVEL_NAMES = ['level', 'severity_text', 'severity', 'detected_level', 'lvl']
const LEVELS: readonly (readonly [RegExp, number])[] = [
  [/^(?:fatal|crit|emerg|alert|panic)/i, 21],
  [/^(?:err|severe)/i, 17],
  [/^warn/i, 13],
  [/^(?:info|notice)/i, 9],
  [/^debug/i, 5],
  [/^trace/i, 1],
]

/** Lines as log records: labels describe the resource, structured metadata the record. */
export function recordsOf(streams: readonly Stream[], receivedUnixNano: bigint): LogRecord[] {
  return streams.flatMap(({ labels, entries }) => {
    const resource = resourceOf(labels)
    return entries.map(entry => recordOf(entry, labels, resource, receivedUnixNano))
  })
}

function resourceOf(labels: Stream['labels']): Resource {
  const attributes = presentAttributes(labels)
  for (const [name, candidates] of RESOURCE_NAMES) {
    const found = candidates.find(candidate => attributes.has(candidate))
    if (found === undefined) continue
    attributes.set(name, attributes.get(found)!)
    attributes.delete(found)
  }
  return { attributes, droppedAttributesCount: 0, schemaUrl: '', entityRefs: [] }
}

function recordOf(entry: Entry, labels: Stream['labels'], resource: Resource, receivedUnixNano: bigint): LogRecord {
  const { metadata } = entry
  const level = LEVEL_NAMES.map(name => metadata[name] ?? labels[name]).find(text => text !== undefined && text !== '')
  const traceId = hexOrEmpty(metadata.trace_id ?? metadata.traceID, 32)
  const spanId = hexOrEmpty(metadata.span_id ?? metadata.spanID, 16)
  const known = new Set([
    ...(traceId === '' ? [] : ['trace_id', 'traceID']),
    ...(spanId === '' ? [] : ['span_id', 'spanID']),
  ])
  const timeUnixNano = datable(entry.timeUnixNano, receivedUnixNano)
  return edgeRecord({
    resource,
    scope: SCOPE,
    timeUnixNano,
    observedTimeUnixNano: receivedUnixNano,
    severityNumber: LEVELS.find(([pattern]) => pattern.test(level ?? ''))?.[1] ?? 0,
    severityText: level ?? '',
    body: entry.line,
    attributes: presentAttributes({
      ...Object.fromEntries(Object.entries(metadata).filter(([key]) => !known.has(key))),
      'loki.timestamp': timeUnixNano === entry.timeUnixNano ? undefined : String(entry.timeUnixNano),
    }),
    traceId,
    spanId,
  })
}
