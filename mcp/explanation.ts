import { type CauseLink, causeChain } from '../analysis/stack/cause-chain.ts'
import { readFuller, readSlower } from '../store/changed-levels.ts'
import type { Explanation, Origin } from '../store/explain-problem.ts'
import type { Access } from './access.ts'
import { counted, type Row, type Section } from './answer.ts'
import { plainRow } from './answer-text.ts'
import { changeRow } from './changes.ts'

const iso = (ms: number) => new Date(ms).toISOString()

/** The verdict in our own words: names stand in the rows. */
export function verdictOf({ problem, cause }: Explanation, hints: readonly string[]): string {
  const { trend, failures, unusual, onset, end, isOver } = problem
  if (cause === undefined)
    return `This problem is as it always was: ${counted(failures, 'failure')} in the range, nothing unusual.`
  const began = trend === 'new' ? 'It is new' : 'It is far more frequent than it usually is'
  const times = `from ${iso(onset)} to ${iso(end)}${isOver ? ', and over' : ', and may go on'}`
  const blamed =
    cause.change === undefined
      ? 'No release, deploy or change of configuration is to blame'
      : 'A release is the likely cause'
  const instead = hints.map(hint => `; ${hint}`).join('')
  return `${blamed} (section cause)${instead}. ${began}: ${counted(unusual, 'failure')} ${times}.`
}

/** Which change is to blame, or that none is, and why; then since when. */
export function causeRow(
  { problem, origin, cause }: Explanation,
  known: Row | undefined,
  hints: readonly string[],
): Row {
  const { trend, onset, end, isOver, unusual, expected, failures, records } = problem
  const blamed = cause?.change
  return plainRow({
    verdict: cause === undefined ? 'as always' : blamed === undefined ? 'no release or deploy' : 'release',
    ...(blamed === undefined ? {} : changeRow(blamed)),
    service: blamed?.service ?? origin.service,
    ...(cause === undefined ? {} : { because: [...cause.because, ...hints] }),
    trend,
    onset: iso(onset),
    [isOver ? 'ended' : 'lasts_until']: iso(end),
    ...(cause === undefined ? {} : { unusual }),
    ...(cause === undefined || trend === 'new' ? {} : { expected: Math.round(expected * 10) / 10 }),
    failures,
    records,
    ...(known?.template === undefined ? {} : { template: known.template }),
    ...(known?.status === undefined ? {} : { status: known.status }),
  })
}

/** Where no change is to blame: what else changed with it, by the sections that tell of it. */
export function hintsOf({ cause }: Explanation, levels: readonly Section[]): string[] {
  if (cause === undefined || cause.change !== undefined) return []
  const rowsOf = (name: string) => levels.find(section => section.name === name)?.rows ?? []
  return [
    ...(rowsOf(SLOWER).some(row => row.calls !== undefined)
      ? [`what it calls became slower or fails more (section ${SLOWER})`]
      : []),
    ...(rowsOf(FULLER).length > 0 ? [`something of it filled up (section ${FULLER})`] : []),
  ]
}

/** Where it is thrown: the operation, and the chain of causes down to the line of ours where it began. */
export function originRow(origin: Origin): Row {
  const chain = causeChain(origin.stack ?? '')
  const root = chain.at(-1)
  return plainRow({
    service: origin.service,
    operation: origin.entryOperation ?? origin.operation ?? '',
    ...(origin.operation === undefined || origin.operation === origin.entryOperation
      ? {}
      : { within: origin.operation }),
    ...(origin.release === undefined ? {} : { release: origin.release }),
    exception: origin.errorType ?? chain[0]?.type ?? '',
    message: origin.message ?? '',
    ...(chain.length > 1 && root !== undefined ? { innermost: `${root.type}: ${root.message}` } : {}),
    chain: chain.map(linkText),
    ...(origin.callers.length === 0 ? {} : { called_by: [...origin.callers] }),
    at: iso(origin.at),
    ...(origin.traceId === undefined ? {} : { trace_id: origin.traceId }),
    ...(origin.requestId === undefined ? {} : { request_id: origin.requestId }),
  })
}

function linkText({ type, at }: CauseLink): string {
  if (at === undefined) return type
  const line = at.line === 0 ? '' : `:${at.line}`
  return `${type} at ${at.function || '<anonymous>'} (${at.file}${line})`
}

const SLOWER = 'slower_or_failing_more'
const FULLER = 'fuller'

/**
 * What else changed in the service: its operations and what it calls, and what fills up, since the change that is to
 * blame, else since the onset.
 */
export async function levelSections(
  access: Access,
  { problem, origin, cause }: Explanation,
  { from, env }: { readonly from: Date; readonly env: string },
): Promise<Section[]> {
  const since = new Date(cause?.change?.at ?? problem.onset)
  const until = new Date(problem.end + 1)
  const sides = { service: origin.service, env, from, since, until }
  const levels = (await readSlower(access.shown, sides)) as Row[]
  const full = (await readFuller(access.rows, sides)) as Row[]
  return [
    { name: SLOWER, rows: levels, more: 'service_health' },
    { name: FULLER, rows: full, more: 'service_health' },
  ]
}
