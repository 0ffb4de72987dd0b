import { z } from 'zod'
import { datable } from '../../pipeline/datable.ts'
import {
  attributeOf,
  edgeRecord,
  edgeResource,
  edgeScope,
  type Json,
  presentAttributes,
  SEVERITIES,
  unixNanoOf,
} from '../../pipeline/edge/record.ts'
import type { LogRecord, MetricPoint } from '../../pipeline/model/index.ts'
import type { RegisteredNode } from '../../store/nodes.ts'
import { type Crash, readCrash } from './crash.ts'

const MAX_ENTRIES = 1_000
const MAX_TEXT_CHARS = 512
const text = z.string().max(MAX_TEXT_CHARS)

/** `POST /api/node/telemetry`. Keys that are not named here stay in the payload. */
export const telemetryReport = z
  .looseObject({
    type: z.enum(['crash_report', 'connection_degraded', 'error', 'health']),
    node_id: text.optional(),
    timestamp: z.iso.datetime({ offset: true }).optional(),
    node_version: text.nullish(),
    os: text.nullish(),
    arch: text.nullish(),
    entries: z.array(z.string()).max(MAX_ENTRIES).optional(),
    message: z.string().optional(),
    stack: z.string().optional(),
  })
  .refine(report => report.type !== 'crash_report' || (report.entries?.length ?? 0) > 0, {
    path: ['entries'],
    message: 'a crash_report needs the lines of the crash log, an array of texts',
  })
  .refine(report => report.type !== 'error' || (report.message ?? '') !== '', {
    path: ['message'],
    message: 'an error needs its message',
  })

/** `POST /api/node/heartbeat`. */
export const heartbeatReport = z.looseObject({
  node_id: text.optional(),
  version: text,
  uptime: z.number().min(0).describe('milliseconds'),
  connection_state: text,
  ws_failure_count: z.int().min(0),
  last_task_at: z
    .union(
      [z.iso.datetime({ offset: true, abort: true }), z.number()],
      'send a time with its zone, or milliseconds since 1970',
    )
    .nullish(),
  memory_mb: z.number().min(0),
  error_count: z.int().min(0),
})

type Telemetry = z.output<typeof telemetryReport>
type Heartbeat = z.output<typeof heartbeatReport>

const SCOPE = edgeScope('sensorium.node')

/** The seed's classes: what wakes somebody, what is looked at, what is only kept. */
const CLASSES = {
  crash_report: { severity: 'critical', ...SEVERITIES.fatal },
  connection_degraded: { severity: 'warning', ...SEVERITIES.warn },
  error: { severity: 'warning', ...SEVERITIES.error },
  health: { severity: 'info', ...SEVERITIES.info },
} as const

/** A report as a log record named `node.TYPE`; a crash or error carries `exception.*`, so it has the fingerprint of any. */
export function telemetryRecord(report: Telemetry, node: RegisteredNode, receivedUnixNano: bigint): LogRecord {
  const { severity, ...severities } = CLASSES[report.type]
  const crash = crashOf(report)
  return edgeRecord({
    resource: resourceOf(node, report.node_version, report.os, report.arch),
    scope: SCOPE,
    timeUnixNano: timeOf(report.timestamp, receivedUnixNano),
    observedTimeUnixNano: receivedUnixNano,
    ...severities,
    body: messageOf(report, crash),
    attributes: presentAttributes({
      ...nodeAttributes(node, report.type, severity, report),
      'exception.type': crash?.type,
      'exception.message': crash?.message,
      'exception.stacktrace': crash?.stack,
    }),
    eventName: `node.${report.type}`,
  })
}

export function heartbeatRecord(report: Heartbeat, node: RegisteredNode, receivedUnixNano: bigint): LogRecord {
  return edgeRecord({
    resource: resourceOf(node, report.version),
    scope: SCOPE,
    timeUnixNano: receivedUnixNano,
    observedTimeUnixNano: receivedUnixNano,
    body: `heartbeat: ${report.connection_state}`,
    attributes: presentAttributes(nodeAttributes(node, 'health', 'info', report)),
    eventName: 'node.health',
  })
}

/** What a heartbeat counts, as metrics: those of a node are told apart by `service.instance.id`. */
export function heartbeatPoints(report: Heartbeat, node: RegisteredNode, receivedUnixNano: bigint): MetricPoint[] {
  const resource = resourceOf(node, report.version)
  const startTimeUnixNano = receivedUnixNano - BigInt(Math.round(report.uptime)) * 1_000_000n
  const attributes = presentAttributes({ 'node.connection.state': report.connection_state })
  const point = (name: string, unit: string, description: string, value: number, isCount = false): MetricPoint => ({
    resource,
    scope: SCOPE,
    metric: {
      name,
      unit,
      description,
      metadata: new Map(),
      type: isCount ? 'sum' : 'gauge',
      temporality: isCount ? 2 : 0,
      isMonotonic: isCount,
    },
    attributes,
    startTimeUnixNano: isCount ? startTimeUnixNano : 0n,
    timeUnixNano: receivedUnixNano,
    flags: 0,
    exemplars: [],
    value: { kind: 'number', value: Number.isSafeInteger(value) ? BigInt(value) : value },
  })
  return [
    point('node.memory.usage', 'MiBy', 'Resident memory of the node.', report.memory_mb),
    point('node.uptime', 's', 'Time since the node started.', report.uptime / 1000),
    point('node.connection.failures', '{failure}', 'Failed connections in a row.', report.ws_failure_count),
    point('node.errors', '{error}', 'Errors since the node started.', report.error_count, true),
  ]
}

function crashOf(report: Telemetry): Crash | undefined {
  if (report.type === 'crash_report') return readCrash(report.entries ?? [])
  if (report.type !== 'error') return undefined
  const lines = [report.stack, report.message].filter(text => text !== undefined && text !== '')
  const read = readCrash(lines.slice(0, 1) as string[]) // none of them is undefined
  return { type: read?.type ?? '', message: report.message ?? '', stack: report.stack ?? '' }
}

function messageOf(report: Telemetry, crash: Crash | undefined): string {
  if (report.type === 'crash_report') {
    const what = crash === undefined ? report.entries?.at(-1) : [crash.type, crash.message].filter(Boolean).join(': ')
    return `crash: ${what}`
  }
  if (report.message !== undefined && report.message !== '') return report.message
  return report.type === 'health' ? 'health' : 'connection degraded'
}

function nodeAttributes(node: RegisteredNode, type: string, severity: string, payload: object) {
  return {
    'node.id': node.nodeId,
    'node.name': node.name,
    'user.id': node.userId,
    'node.telemetry.type': type,
    'node.severity': severity,
    'node.payload': attributeOf(payload as Json), // it came as JSON
  }
}

function resourceOf(node: RegisteredNode, version?: string | null, os?: string | null, arch?: string | null) {
  return edgeResource({
    'service.name': 'node',
    'service.instance.id': node.nodeId,
    'service.version': version,
    'deployment.environment.name': node.environment,
    'os.type': os,
    'host.arch': arch,
  })
}

/** A clock that runs ahead must not make its node look alive: no later than the receipt. What it said is in the payload. */
function timeOf(timestamp: string | undefined, receivedUnixNano: bigint): bigint {
  const told = timestamp === undefined ? receivedUnixNano : datable(unixNanoOf(timestamp), receivedUnixNano)
  return told < receivedUnixNano ? told : receivedUnixNano
}
