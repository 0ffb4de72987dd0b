import type { Hypothesis } from '../../analysis/causes/index.ts'
import type { KnownChange } from '../changes.ts'
import type { Read } from '../reading.ts'
import type { Trigger } from './triggers.ts'

/** A step from the symptom to the cause, and a row that shows it. */
export interface PathStep {
  readonly text: string
  readonly table: string
  readonly id: string
}

/** A trace may begin so long before the window, and end so long after it. */
const AROUND_MS = 600_000

/**
 * The way from what was noticed to where it begins, each step with a row that is in the store now; a step whose row is
 * not there is left out.
 */
export async function checkedPath(
  read: Read,
  trigger: Trigger,
  { path, thrown, change }: Hypothesis<KnownChange>,
  window: { readonly from: Date; readonly to: Date },
): Promise<readonly PathStep[]> {
  const traces = [...new Set(path.map(({ traceId }) => traceId))]
  const spans =
    traces.length === 0
      ? []
      : await read(
          'SELECT DISTINCT trace_id, service FROM trace_spans WHERE trace_id = ANY ($1) AND timestamp > $2 AND timestamp <= $3',
          [traces, new Date(+window.from - AROUND_MS), new Date(+window.to + AROUND_MS)],
        )
  const seen = new Set(spans.map(({ trace_id: trace, service }) => `${trace} ${service}`))
  const steps: PathStep[] = [{ text: trigger.title, ...trigger.row }]
  for (const { service, operation, traceId } of path) {
    if (seen.has(`${traceId} ${service}`))
      steps.push({ text: `${service} ${operation}`, table: 'trace_spans', id: traceId })
  }
  if (thrown !== undefined && (await isThere(read, FINGERPRINT, [thrown.fingerprint]))) {
    const at = thrown.file === undefined ? '' : ` in ${thrown.function ?? ''} (${thrown.file})`
    steps.push({ text: `${thrown.exception ?? 'a problem'}${at}`, table: 'fingerprints', id: thrown.fingerprint })
  }
  if (change !== undefined) {
    const { service, release, what, at, commit } = change
    const text = [what, service, release, commit].filter(part => part !== undefined).join(' ')
    if (release !== undefined && (await isThere(read, RELEASE, [service, release]))) {
      steps.push({ text, table: 'service_releases', id: `${service} ${release}` })
    } else if (await isThere(read, DEPLOY, [service, new Date(at - 1_000), new Date(at + 1_000)])) {
      steps.push({ text, table: 'deploy_events', id: `${service} ${new Date(at).toISOString()}` })
    }
  }
  return steps
}

const FINGERPRINT = `SELECT FROM fingerprints WHERE fingerprint = ('x' || $1)::bit(64)::bigint`
const RELEASE = 'SELECT FROM service_releases WHERE service = $1 AND release = $2'
const DEPLOY = 'SELECT FROM deploy_events WHERE service = $1 AND timestamp >= $2 AND timestamp <= $3'

async function isThere(read: Read, sql: string, values: readonly unknown[]): Promise<boolean> {
  const [row] = await read(`SELECT EXISTS (${sql}) AS there`, values)
  return row?.there === true
}
