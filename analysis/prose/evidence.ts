/** A stored report, as far as prose tells of it. */
export interface ReportRow {
  readonly title: string
  readonly service: string
  readonly environment: string
  readonly severity: string
  readonly triggered_at: Date
  readonly window_from: Date
  readonly window_to: Date
  readonly entities_hit: number | null
  readonly notes: readonly string[]
  readonly timeline: readonly { readonly at: number; readonly text: string }[]
  readonly hypotheses: readonly HypothesisRow[]
}

export interface HypothesisRow {
  readonly place: number
  readonly kind: string
  readonly name: string
  readonly dependency: string | null
  readonly instance: string | null
  readonly operation: string | null
  readonly function: string | null
  readonly file: string | null
  readonly exception: string | null
  readonly fingerprint: string | null
  readonly release: string | null
  readonly commit: string | null
  readonly since: string
  readonly confidence: number
  readonly because: readonly string[]
  readonly against: readonly string[]
  readonly confirm: string
  readonly path: readonly { readonly text: string; readonly table: string; readonly id: string }[]
}

/** Something that a sentence may rest on. */
export interface Evidence {
  /** E1, E2, … */
  readonly ref: string
  readonly text: string
}

const HYPOTHESES_MAX = 3
const BECAUSE_MAX = 8
const TIMELINE_MAX = 12
const NOTES_MAX = 6
const TEXT_CHARS_MAX = 400

/** All that is known of a report, one thing at a time: there is nothing else that prose may tell. */
export function evidenceOf(report: ReportRow): Evidence[] {
  const { hypotheses, entities_hit: hit } = report
  const minutes = Math.round((+report.window_to - +report.window_from) / 60_000)
  const texts = [
    `what was noticed: ${report.title}`,
    `where and when: ${report.service} in ${report.environment || 'no environment'}, ${report.severity}, ${report.triggered_at.toISOString()}`,
    ...(hit === null ? [] : [`whom it hits: ${hit} users or requests`]),
    `what was looked at: ${minutes} minutes until ${report.window_to.toISOString()}; hypotheses: ${hypotheses.length}`,
    ...hypotheses.slice(0, HYPOTHESES_MAX).flatMap(hypothesisTexts),
    ...report.timeline.slice(-TIMELINE_MAX).map(({ at, text }) => `${new Date(at).toISOString()} ${text}`),
    ...report.notes.slice(0, NOTES_MAX).map(text => `note: ${text}`),
  ]
  return texts.map((text, i) => ({
    ref: `E${i + 1}`,
    text: text.replaceAll(/\s+/g, ' ').slice(0, TEXT_CHARS_MAX).toWellFormed(),
  }))
}

function hypothesisTexts(one: HypothesisRow): string[] {
  const of = `hypothesis ${one.place}`
  const parts = [
    one.kind.replaceAll('_', ' '),
    `at ${one.name}`,
    one.dependency === null ? '' : `calling ${one.dependency}`,
    one.instance === null ? '' : `on ${one.instance}`,
    one.operation === null ? '' : `in ${one.operation}`,
    one.release === null ? '' : `release ${one.release}`,
    one.commit === null ? '' : `commit ${one.commit}`,
    `since ${new Date(one.since).toISOString()}`,
    `${Math.round(one.confidence * 100)} % sure`,
  ]
  const thrown = [one.exception, one.function, one.file, one.fingerprint].filter(part => part !== null)
  return [
    `${of}: ${parts.filter(Boolean).join(', ')}`,
    ...(thrown.length === 0 ? [] : [`${of} throws: ${thrown.join(', ')}`]),
    ...one.because.slice(0, BECAUSE_MAX).map(text => `for ${of}: ${text}`),
    ...one.against.slice(0, BECAUSE_MAX).map(text => `against ${of}: ${text}`),
    `to confirm ${of}: ${one.confirm}`,
    ...one.path.map(({ text, table, id }) => `a row of ${of}: ${text} (${table} ${id})`),
  ]
}
