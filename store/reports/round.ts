import type pg from 'pg'
import { causeLine, reportText } from '../../analysis/causes/report.ts'
import { errorText } from '../../pipeline/errors.ts'
import { inTransaction } from '../connect.ts'
import { explainWindow, type WindowExplanation } from '../explain-window.ts'
import { advance, readWatermark } from '../jobs/state.ts'
import type { Read } from '../reading.ts'
import { type FindingData, noteFinding } from '../reflexes/finding.ts'
import { lookBackTo } from './gaps.ts'
import { checkedPath } from './path.ts'
import { readRelated } from './related.ts'
import { type Lately, noteTrigger, type Report, standingReport, writeReport } from './report.ts'
import { type Before, readTimeline } from './timeline.ts'
import { readTriggers, reportId, type Trigger } from './triggers.ts'
import { readWeights } from './weights.ts'

export interface ReportOptions {
  readonly receiver: string
  /** What is explained: so long before what was noticed. */
  readonly windowMs: number
  /** What it is compared with: so long before the window. */
  readonly usualMs: number
  /** The same again within this has the same report. */
  readonly againMs: number
}

/** What is noticed at once is explained in turn: the gravest first, the others in the next rounds. */
const REPORTS_A_ROUND = 5
/** A store that is busy holds no report up: it then says that it could not look. */
const STATEMENT_TIMEOUT_MS = 4_000
/** Who is woken waits for it: a third of what a person at a terminal is shown. */
const SPANS_MAX = 12_000
/** A process that begins again looks back so far. */
const FIRST_LOOK_BACK_MS = 60_000

/** Explains what was noticed since the last round. Resolves to how many reports were written. */
export async function reportRound(
  client: pg.ClientBase,
  options: ReportOptions,
  now: number,
  signal?: AbortSignal,
): Promise<number> {
  const mark = (await readWatermark(client, 'reports'))?.getTime() ?? now - FIRST_LOOK_BACK_MS
  if (now <= mark) return 0
  const triggers = await readTriggers(client, await lookBackTo(client, mark, now), mark, now)
  const turn = triggers.slice(0, REPORTS_A_ROUND)
  for (const trigger of turn) {
    if (signal?.aborted === true) return 0
    await answer(client, options, trigger, now)
  }
  // What is left over is found again from the mark that stands.
  if (turn.length === triggers.length) await advance(client, 'reports', new Date(now))
  return turn.length
}

async function answer(client: pg.ClientBase, options: ReportOptions, trigger: Trigger, now: number): Promise<void> {
  const started = performance.now()
  const times = around(trigger, options, now)
  const lately = { ...times, related: await readRelated(client, trigger, times.since, now) }
  const same = await standingReport(client, trigger, undefined, lately, now)
  if (same !== undefined) return noteTrigger(client, trigger, same.id, new Date(now))
  const report = await explained(client, options, trigger, now, started)
  const standing = await standingReport(client, trigger, report, lately, now)
  const id = standing?.id ?? reportId(trigger)
  await inTransaction(client, async () => {
    const stored = { ...report, tookMs: performance.now() - started }
    const revision = await writeReport(client, id, stored, new Date(now))
    await noteFinding(client, options.receiver, findingOf(id, stored, revision, now))
  })
}

/** The part of the window before what is explained begins, where that was longer ago than the window. */
const ONSET_SHARE = 0.2

/** What happens belongs to it, also what comes a moment after it; what goes on is explained as it is now, if it began lately. */
function windowEnd({ kind, at, onset = at }: Trigger, windowMs: number, now: number): number {
  if (kind === 'debug_event') return Math.min(now, at + 1_000)
  return now - onset > windowMs ? onset + windowMs * (1 - ONSET_SHARE) : now
}

/** What happens at once and came later, such as from the queue of a Collector. */
function isLate({ kind, at }: Trigger, afterMs: number, now: number): boolean {
  return (kind === 'debug_event' || kind === 'problem') && now - at > afterMs
}

/** When another report was made, or what it explains was, to be the answer to this as well. */
function around(trigger: Trigger, { againMs }: ReportOptions, now: number): Lately {
  if (!isLate(trigger, againMs, now)) return { since: new Date(now - againMs) }
  const since = new Date(trigger.at - againMs)
  return { since, explains: [since, new Date(trigger.at + againMs)] }
}

/** What is known of a trigger; where the store cannot be read in time, that it could not. */
async function explained(
  client: pg.ClientBase,
  { windowMs, usualMs }: ReportOptions,
  trigger: Trigger,
  now: number,
  started: number,
): Promise<Report> {
  const read: Read = async (sql, values) => (await client.query(sql, [...values])).rows
  const to = windowEnd(trigger, windowMs, now)
  const window = { from: new Date(to - windowMs), to: new Date(to) }
  const notes: string[] = []
  const attempt = async <T>(what: string, otherwise: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      notes.push(`${what} could not be read: ${errorText(error)}`)
      return otherwise
    }
  }
  await client.query(`SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`)
  try {
    const unread: Before = { timeline: [], fingerprint: undefined, begun: [] }
    const { timeline, fingerprint, begun } = await attempt('what led to it', unread, () =>
      readTimeline(read, trigger, window),
    )
    const usual = { usualFrom: new Date(+window.from - usualMs), usualTo: window.from }
    const asked = { ...window, ...usual, env: trigger.environment || '*', visible: null }
    const nothing: WindowExplanation = { hypotheses: [], notes: [] }
    const explanation = await attempt('spans and logs of these minutes', nothing, () =>
      explainWindow(read, { ...asked, fingerprint, spansMax: SPANS_MAX }),
    )
    const { hypotheses } = explanation
    const paths = await attempt('the rows that a hypothesis names', [], () =>
      Promise.all(hypotheses.map(one => checkedPath(read, trigger, one, window))),
    )
    const hit = await attempt('whom it hits', undefined, () => readHit(read, trigger, hypotheses[0], window))
    const failures = await attempt('failures over time', [], () =>
      readCounts(read, hypotheses[0]?.thrown?.fingerprint ?? trigger.fingerprint, usual.usualFrom, window.to),
    )
    const { version } = await readWeights(read)
    const all = [...explanation.notes, ...notes]
    const { title, service, environment, at } = trigger
    const facts = { title, service, environment, at, hypotheses, timeline, notes: all }
    const text = reportText({ ...facts, failures: hit?.failures, entitiesHit: hit?.entities })
    return {
      ...{
        trigger,
        window,
        usualFrom: usual.usualFrom,
        hypotheses,
        paths,
        timeline,
        notes: all,
        begun,
        text,
        weightsVersion: version,
        failures,
      },
      ...{ entitiesHit: hit?.entities ?? hit?.failures, tookMs: performance.now() - started },
    }
  } finally {
    await client.query('RESET statement_timeout')
  }
}

async function readHit(
  read: Read,
  trigger: Trigger,
  first: Report['hypotheses'][number] | undefined,
  { from, to }: Report['window'],
): Promise<{ readonly failures: number; readonly entities: number | undefined } | undefined> {
  const fingerprint = first?.thrown?.fingerprint ?? trigger.fingerprint
  if (fingerprint === undefined) return undefined
  const [row] = await read(
    `SELECT count(DISTINCT user_id)::int AS users, count(DISTINCT failure)::int AS failures FROM (
       SELECT user_id, failure FROM failure_records WHERE fingerprint = ('x' || $1)::bit(64)::bigint AND timestamp > $2 AND timestamp <= $3
       LIMIT 10000) f`,
    [fingerprint, from, to],
  )
  return { failures: Number(row?.failures ?? 0), entities: Number(row?.users ?? 0) || undefined }
}

/** Parts of the time that a picture shows. */
const PARTS = 60

/** Failures in each part of the time, the first part first; empty where no problem is known. */
async function readCounts(
  read: Read,
  fingerprint: string | undefined,
  from: Date,
  to: Date,
): Promise<readonly number[]> {
  if (fingerprint === undefined) return []
  const rows = await read(
    `SELECT width_bucket(extract(epoch FROM timestamp), extract(epoch FROM $2::timestamptz), extract(epoch FROM $3::timestamptz), ${PARTS}) AS part,
       count(DISTINCT failure)::int AS failures
     FROM failure_records WHERE fingerprint = ('x' || $1)::bit(64)::bigint AND timestamp >= $2 AND timestamp < $3 GROUP BY 1`,
    [fingerprint, from, to],
  )
  const counts = new Map(rows.map(({ part, failures }) => [Number(part), Number(failures)]))
  return Array.from({ length: PARTS }, (_, i) => counts.get(i + 1) ?? 0)
}

/** Where nothing is counted there is nothing to be seen. */
function pictureOf({ failures, window, usualFrom, hypotheses }: Report): string | undefined {
  if (failures.every(count => count === 0)) return undefined
  const marks = hypotheses.flatMap(({ change }) => (change === undefined ? [] : [Math.round(change.at)]))
  return JSON.stringify({ from: +usualFrom, to: +window.to, counts: failures, marks: [...new Set(marks)] })
}

function findingOf(id: string, report: Report, revision: number, now: number): FindingData {
  const { trigger, hypotheses, window } = report
  const [first] = hypotheses
  const trace = report.paths[0]?.find(({ table }) => table === 'trace_spans')?.id
  const change = first?.change
  const picture = pictureOf(report)
  return {
    event: revision === 1 ? 'report.created' : 'report.updated',
    id: `report/${id}`,
    kind: 'report',
    severity: trigger.severity,
    service: first?.change?.service ?? trigger.service,
    environment: trigger.environment,
    at: new Date(now).toISOString(),
    title: first === undefined ? `No cause is known of ${trigger.title}` : `Likely cause: ${causeLine(first)}`,
    body: report.text,
    since: new Date(trigger.at).toISOString(),
    shared: first?.thrown?.shared[0],
    changedBefore:
      change === undefined
        ? undefined
        : [change.what, change.service, change.release, change.commit, change.title].filter(Boolean).join(' '),
    entitiesHit: report.entitiesHit,
    operation: first?.operation ?? trigger.operation,
    release: change?.release,
    fingerprint: first?.thrown?.fingerprint ?? trigger.fingerprint,
    incidentId: trigger.incidentId,
    link: `/reports/${id}`,
    evidence: [
      `sensorium reports show ${id}`,
      ...(trace === undefined ? [] : [`sensorium trace ${trace}`]),
      `sensorium causes feedback ${id} right`,
    ],
    revision,
    attributes: {
      'report.id': id,
      'report.trigger': trigger.kind,
      'report.window_from': window.from.toISOString(),
      'report.window_to': window.to.toISOString(),
      ...(first === undefined ? {} : { 'report.cause': first.kind, 'report.confidence': String(first.confidence) }),
      ...(picture === undefined ? {} : { 'finding.picture': picture }),
    },
  }
}
