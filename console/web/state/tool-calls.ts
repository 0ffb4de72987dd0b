import type { Question } from './answers.ts'

/** A call of a tool over MCP. */
export interface ToolCall {
  readonly name: string
  readonly arguments: object
}

const MINUTES_MAX = 525_600
/** What query_sql takes. */
const SQL_CHARS_MAX = 10_000
const UNIT_MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 }

/** The same question as an agent asks it: by the tool that is for it, else by its last statement; undefined for none. */
export function toolCallOf({ name, params }: Question, sql: readonly string[]): ToolCall | undefined {
  const { minutes, until } = rangeOf(params)
  const env = params.env ?? '*'
  const at = until === undefined ? {} : { until }
  const inService = params.service === undefined ? {} : { service: params.service }
  switch (name) {
    case 'home':
    case 'problems':
      return { name: 'error_fingerprint_summary', arguments: { env, minutes, ...at, ...inService } }
    case 'problem':
    case 'problem-why':
      return { name: 'explain_failure', arguments: { fingerprint: params.id, env, minutes, ...at } }
    case 'problem-samples':
      return { name: 'get_fingerprint_samples', arguments: { fingerprint: params.id, env, minutes, ...at } }
    case 'trace':
      return { name: 'trace_request', arguments: { trace_id: params.id } }
    case 'trace-span':
      return { name: 'trace_request', arguments: { trace_id: params.trace } }
    case 'service':
      return { name: 'service_health', arguments: { ...inService, env, minutes, ...at } }
    case 'changes':
    case 'deploys':
      return {
        name: 'what_changed',
        arguments: { minutes, ...(until === undefined ? {} : { at: until }), ...inService },
      }
    case 'node':
      return { name: 'node_status', arguments: { node_id: params.id } }
    case 'nodes':
      return { name: 'node_status', arguments: { unresolved_only: params.unresolved === '1' } }
  }
  const last = sql.at(-1)
  return last === undefined || last.length > SQL_CHARS_MAX ? undefined : { name: 'query_sql', arguments: { sql: last } }
}

function rangeOf({ range = '1h', from, to }: Question['params']): {
  readonly minutes: number
  readonly until: string | undefined
} {
  const length =
    from === undefined
      ? Number(range.slice(0, -1)) * (UNIT_MINUTES[range.at(-1)!] ?? 1)
      : (+new Date(to ?? Date.now()) - +new Date(from)) / 60_000
  return { minutes: Math.min(MINUTES_MAX, Math.max(1, Math.ceil(length))), until: to }
}
