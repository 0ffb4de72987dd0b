import {
  attributeOf,
  edgeRecord,
  edgeResource,
  edgeScope,
  type Json,
  presentAttributes,
  SEVERITIES,
} from '../pipeline/edge/record.ts'
import type { LogRecord } from '../pipeline/model/index.ts'

/** One call of a tool, as the audit log keeps it. */
export interface Call {
  readonly principal: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly outcome: 'answered' | 'empty' | 'refused' | 'failed'
  /** Rows that were read for it. */
  readonly rows: number
  /** Of the answer, estimated. */
  readonly tokens: number
  readonly durationMs: number
  readonly error?: string | undefined
}

const RESOURCE = edgeResource({ 'service.name': 'sensorium' })
const SCOPE = edgeScope('sensorium.mcp')

/** A call as a log record named `mcp.call`, which fills the table mcp_calls. */
export function callRecord(call: Call, now: Date): LogRecord {
  const time = BigInt(+now) * 1_000_000n
  return edgeRecord({
    resource: RESOURCE,
    scope: SCOPE,
    timeUnixNano: time,
    observedTimeUnixNano: time,
    ...(call.outcome === 'failed' ? SEVERITIES.error : SEVERITIES.info),
    body: `${call.principal} asked ${call.tool}: ${call.outcome}`,
    attributes: presentAttributes({
      'mcp.principal': call.principal,
      'mcp.tool': call.tool,
      'mcp.arguments': attributeOf(call.arguments as Json), // they came as JSON
      'mcp.outcome': call.outcome,
      'mcp.rows': BigInt(call.rows),
      'mcp.tokens': BigInt(call.tokens),
      'mcp.duration_ms': Math.round(call.durationMs * 10) / 10,
      'mcp.error': call.error,
    }),
    eventName: 'mcp.call',
  })
}
