import { z } from 'zod'
import { ToolRefusal } from '../../mcp/refusal.ts'
import { fingerprintId } from '../../mcp/tool.ts'
import { textOrNone } from '../../store/reading.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { fingerprintParameter } from './problem.ts'
import { framesOf, type StackError } from './stack-frames.ts'

export interface Sample {
  readonly timestamp: string
  readonly source: string
  readonly service: string
  readonly environment: string
  readonly release: string | undefined
  readonly error_type: string | undefined
  readonly message: string
  readonly error_message: string | undefined
  readonly trace_id: string | undefined
  readonly request_id: string | undefined
  readonly user_id: string | undefined
  readonly stack: readonly StackError[]
  readonly raw_stack: string | undefined
}

export interface SamplesAnswer {
  readonly samples: readonly Sample[]
}

const SAMPLES_MAX = 50
const STACK_CHARS_MAX = 20_000

export const samples = endpoint({
  name: 'problem-samples',
  query: z.strictObject({ ...rangeQuery, id: fingerprintParameter }),
  async answer({ access, read }, query): Promise<SamplesAnswer> {
    const { from, to, env, visible } = scopeOf({ access, read }, query)
    if (+to <= +from) throw new ToolRefusal('the range ends before it begins')
    const rows = await read(
      `SELECT timestamp, source, service, environment, release, error_type, left(message, 4000) AS message, left(nullif(error_message, message), 4000) AS error_message,
         trace_id, request_id, user_id, left(error_stack, ${STACK_CHARS_MAX}) AS error_stack
       FROM error_events
       WHERE fingerprint = $1::bigint AND timestamp > $2 AND timestamp <= $3 AND is_among(environment, environment_names($4)) AND is_among(service, $5)
       ORDER BY timestamp DESC LIMIT ${SAMPLES_MAX}`,
      [fingerprintId(query.id), from, to, env, visible],
    )
    return {
      samples: rows.map(row => {
        const stack = textOrNone(row.error_stack)
        return {
          timestamp: String(row.timestamp),
          source: String(row.source),
          service: String(row.service),
          environment: String(row.environment),
          release: textOrNone(row.release),
          error_type: textOrNone(row.error_type),
          message: String(row.message ?? ''),
          error_message: textOrNone(row.error_message),
          trace_id: textOrNone(row.trace_id),
          request_id: textOrNone(row.request_id),
          user_id: textOrNone(row.user_id),
          stack: framesOf(stack ?? ''),
          raw_stack: stack,
        }
      }),
    }
  },
})
