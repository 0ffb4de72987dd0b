import type { CauseKind, ChangeBefore, Hypothesis } from './hypotheses.ts'

/** What a report is about, whatever noticed it. Times are milliseconds. */
export interface ReportFacts<C extends ChangeBefore & { readonly commit?: string | undefined }> {
  readonly title: string
  readonly service: string
  readonly environment: string
  readonly at: number
  readonly failures: number | undefined
  readonly entitiesHit: number | undefined
  readonly hypotheses: readonly Hypothesis<C>[]
  readonly timeline: readonly { readonly at: number; readonly text: string }[]
  readonly notes: readonly string[]
}

const KIND_WORDS: Readonly<Record<CauseKind, string>> = {
  code_change: 'a change of its code',
  configuration: 'a change of its configuration',
  resource_exhaustion: 'something of it is used up',
  capacity: 'its own work takes longer',
  dependency: 'what it calls answers late or fails',
  external: 'a party outside answers late or fails',
  network: 'the way to it is slow',
  host: 'one of its hosts is bad',
  data: 'certain data break it',
  unknown: 'it does something otherwise, and no change is known',
}

/** In one line: where it begins, why, and how sure that is. */
export function causeLine<C extends ChangeBefore & { readonly commit?: string | undefined }>({
  kind,
  name,
  dependency,
  instance,
  change,
  confidence,
}: Hypothesis<C>): string {
  const where = [name, ...(instance === undefined || instance === name ? [] : [`(${instance})`])].join(' ')
  const calling = dependency === undefined ? '' : ` calling ${dependency}`
  const parts = [change?.what, change?.release, change?.commit?.slice(0, 12)].filter(part => part !== undefined)
  const changed = parts.length === 0 ? '' : ` (${parts.join(' ')})`
  return `${where}${calling}: ${KIND_WORDS[kind]}${changed}, ${Math.round(confidence * 100)} % sure`
}

const TOLD = 3
const TIMELINE_TOLD = 12

/** The whole report as plain text: what failed, since when, whom it hits, the hypotheses with their evidence. */
export function reportText<C extends ChangeBefore & { readonly commit?: string | undefined }>(
  facts: ReportFacts<C>,
): string {
  const { title, service, environment, at, hypotheses, timeline, notes } = facts
  const hit = [
    facts.failures === undefined ? [] : [`${facts.failures} failures`],
    facts.entitiesHit === undefined ? [] : [`${facts.entitiesHit} users or requests hit`],
  ].flat()
  const lines = [
    title,
    `${service} in ${environment || 'no environment'}, ${iso(at)}${hit.length === 0 ? '' : `; ${hit.join(', ')}`}`,
  ]
  if (hypotheses.length === 0) lines.push('', 'No cause is named: nothing of these minutes is otherwise than before.')
  for (const [i, one] of hypotheses.slice(0, TOLD).entries()) {
    lines.push('', `${i + 1}. ${causeLine(one)}`, `   since ${iso(one.since)}`)
    lines.push(
      ...one.because.slice(0, 6).map(text => `   ${text}`),
      ...one.against.map(text => `   against it: ${text}`),
    )
    lines.push(`   to confirm: ${one.confirm}`)
  }
  if (timeline.length > 0) {
    lines.push('', ...timeline.slice(-TIMELINE_TOLD).map(entry => `${iso(entry.at)}  ${entry.text}`))
  }
  if (notes.length > 0) lines.push('', ...notes)
  return lines.join('\n')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
