import { z } from 'zod'
import { ToolRefusal } from '../../mcp/refusal.ts'
import { listOf, type Read, textOrNone } from '../../store/reading.ts'
import { endpoint, NotFound } from '../server/endpoint.ts'

export interface Report {
  readonly id: string
  readonly trigger_kind: string
  readonly title: string
  readonly severity: string
  readonly service: string
  readonly environment: string
  readonly triggered_at: string
  readonly window_from: string
  readonly window_to: string
  readonly incident_id: string | undefined
  readonly fingerprint: string | undefined
  readonly entities_hit: number | undefined
  readonly notes: readonly string[]
  readonly timeline: readonly { readonly at: string; readonly text: string }[]
  readonly text: string
  readonly prose: ReportProse | undefined
  readonly hypotheses: readonly ReportHypothesis[]
  readonly feedback: readonly {
    readonly by: string
    readonly verdict: string
    readonly place: number | undefined
    readonly cause: string | undefined
  }[]
}

/** What a language model made of it. */
export interface ReportProse {
  readonly model: string
  /** Each sentence names its evidence: [E1]. */
  readonly words: string | undefined
  /** Why there are none. */
  readonly note: string | undefined
  readonly evidence: readonly { readonly ref: string; readonly text: string }[]
}

export interface ReportHypothesis {
  readonly place: number
  readonly kind: string
  readonly name: string
  readonly dependency: string | undefined
  readonly instance: string | undefined
  readonly operation: string | undefined
  readonly where: string | undefined
  readonly exception: string | undefined
  readonly fingerprint: string | undefined
  readonly release: string | undefined
  readonly commit: string | undefined
  readonly since: string
  readonly confidence: number
  readonly because: readonly string[]
  readonly against: readonly string[]
  readonly confirm: string
  readonly path: readonly { readonly text: string; readonly trace_id: string | undefined }[]
}

export interface ReportsAnswer {
  /** The newest first. */
  readonly reports: readonly Report[]
}

const REPORTS_MAX = 5
const id = z.string().min(1).max(100)

/** What was found out by itself of an incident or a problem, or one report by its id. */
export const reports = endpoint({
  name: 'reports',
  query: z.strictObject({ id: id.optional(), incident: id.optional(), fingerprint: id.optional() }),
  async answer({ access, read }, query): Promise<ReportsAnswer> {
    if (Object.values(query).filter(value => value !== undefined).length !== 1) {
      throw new ToolRefusal('name one of id, incident and fingerprint')
    }
    const rows = await read(
      `SELECT * FROM reports WHERE (id = $1 OR incident_id = $2 OR fingerprint = $3) AND is_among(service, $4)
       ORDER BY triggered_at DESC LIMIT ${REPORTS_MAX}`,
      [query.id ?? null, query.incident ?? null, query.fingerprint ?? null, access.services ?? null],
    )
    if (query.id !== undefined && rows.length === 0)
      throw new NotFound('there is no report of this id that you may see')
    const ids = rows.map(row => String(row.id))
    const hypotheses = await readOf(read, 'hypotheses', 'place', ids)
    const feedback = await readOf(read, 'report_feedback', 'said_at', ids)
    const prose = await readOf(read, 'report_prose', 'revision', ids)
    return { reports: rows.map(row => reportOf(row, hypotheses, feedback, prose)) }
  },
})

type Row = Readonly<Record<string, unknown>>

async function readOf(
  read: Read,
  table: 'hypotheses' | 'report_feedback' | 'report_prose',
  order: string,
  ids: readonly string[],
): Promise<readonly Row[]> {
  if (ids.length === 0) return []
  return read(`SELECT * FROM ${table} WHERE report_id = ANY ($1::text[]) ORDER BY report_id, ${order}`, [ids])
}

function reportOf(row: Row, hypotheses: readonly Row[], feedback: readonly Row[], prose: readonly Row[]): Report {
  const told = prose.find(one => one.report_id === row.id && one.revision === row.revision)
  const own = (rows: readonly Row[]) => rows.filter(one => one.report_id === row.id)
  return {
    id: String(row.id),
    trigger_kind: String(row.trigger_kind),
    title: String(row.title),
    severity: String(row.severity),
    service: String(row.service),
    environment: String(row.environment),
    triggered_at: String(row.triggered_at),
    window_from: String(row.window_from),
    window_to: String(row.window_to),
    incident_id: textOrNone(row.incident_id),
    fingerprint: textOrNone(row.fingerprint),
    entities_hit: row.entities_hit === undefined ? undefined : Number(row.entities_hit),
    notes: listOf(row.notes).map(String),
    timeline: listOf(row.timeline).map(entry => {
      const { at, text } = entry as { at: number; text: string } // as store/reports writes it
      return { at: new Date(at).toISOString(), text }
    }),
    text: String(row.text),
    prose: told === undefined ? undefined : proseOf(told),
    hypotheses: own(hypotheses).map(hypothesisOf),
    feedback: own(feedback).map(one => ({
      by: String(one.said_by),
      verdict: String(one.verdict),
      place: one.place === undefined ? undefined : Number(one.place),
      cause: textOrNone(one.cause),
    })),
  }
}

function proseOf(row: Row): ReportProse {
  const evidence = listOf(row.evidence) as readonly { readonly ref: string; readonly text: string }[] // as it was written
  const words = textOrNone(row.prose)
  const refs = new Set((words ?? '').match(/\bE\d+\b/g))
  return {
    model: String(row.model),
    words,
    note: textOrNone(row.note),
    evidence: evidence.filter(({ ref }) => refs.has(ref)),
  }
}

function hypothesisOf(row: Row): ReportHypothesis {
  const file = textOrNone(row.file)
  const name = textOrNone(row.function)
  return {
    place: Number(row.place),
    kind: String(row.kind),
    name: String(row.name),
    dependency: textOrNone(row.dependency),
    instance: textOrNone(row.instance),
    operation: textOrNone(row.operation),
    where: file === undefined ? name : name === undefined ? file : `${name} in ${file}`,
    exception: textOrNone(row.exception),
    fingerprint: textOrNone(row.fingerprint),
    release: textOrNone(row.release),
    commit: textOrNone(row.commit),
    since: String(row.since),
    confidence: Number(row.confidence),
    because: listOf(row.because).map(String),
    against: listOf(row.against).map(String),
    confirm: String(row.confirm),
    path: listOf(row.path).map(step => {
      const { text, table, id } = step as { text?: string; table?: string; id?: string } // as store/reports writes it
      return { text: String(text ?? ''), trace_id: table === 'trace_spans' ? id : undefined }
    }),
  }
}
