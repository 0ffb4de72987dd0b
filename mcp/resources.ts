import type { Tool } from './tool.ts'
import { compareTestRuns } from './tools/compare-test-runs.ts'
import { describeSchema } from './tools/describe-schema.ts'
import { getFingerprintSamples } from './tools/get-fingerprint-samples.ts'
import { getReport } from './tools/get-report.ts'
import { traceRequest } from './tools/trace-request.ts'

interface AgentResource {
  readonly name: string
  readonly template: string
  readonly title: string
  readonly description: string
  readonly tool: Tool
  argsOf(variables: Readonly<Record<string, string | string[]>>): Record<string, unknown>
}

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

/** As it stands where it is not percent-encoded. */
function decoded(text = ''): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Things that an agent may attach by their address; each is the answer of a tool. */
export const RESOURCES: readonly AgentResource[] = [
  {
    name: 'fingerprint',
    template: 'fingerprint://{id}',
    title: 'A problem',
    description: 'A distinct problem with recent events, by its 16 hex digits',
    tool: getFingerprintSamples,
    argsOf: ({ id }) => ({ fingerprint: one(id), env: '*', minutes: 43_200 }),
  },
  {
    name: 'trace',
    template: 'trace://{id}',
    title: 'A trace',
    description: 'Waterfall, critical path and logs, by trace id',
    tool: traceRequest,
    argsOf: ({ id }) => ({ trace_id: one(id) }),
  },
  {
    name: 'run',
    template: 'run://{+id}',
    title: 'A test run',
    description: 'Results and failures, by run id',
    tool: compareTestRuns,
    argsOf: ({ id }) => ({ run_id: decoded(one(id)) }),
  },
  {
    name: 'report',
    template: 'report://{id}',
    title: 'A report',
    description: 'What something that was noticed likely came from, with its evidence, by the id of the report',
    tool: getReport,
    argsOf: ({ id }) => ({ report_id: one(id) }),
  },
  {
    name: 'schema',
    template: 'schema://{table}',
    title: 'A table',
    description: 'Columns and indexes, for query_sql',
    tool: describeSchema,
    argsOf: ({ table }) => ({ table: one(table) }),
  },
]
