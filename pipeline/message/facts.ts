import type { Finding, FindingChange, Notification } from '../model/index.ts'
import { countText, cut, durationText, oneLine, timeText } from './text.ts'

/** What a message says of one finding, as plain text: who shows it escapes it. */
export interface FindingFacts {
  /** One line. */
  readonly what: string
  /** More than the title says; one or a few lines. */
  readonly detail?: string | undefined
  /** One line each. */
  readonly facts: readonly { readonly name: string; readonly value: string }[]
  readonly link: string
}

const DETAIL_CHARS_MAX = 1_000
const VALUE_CHARS_MAX = 600
const EVIDENCE_SHOWN_MAX = 2

const CHANGE_WORDS: Record<FindingChange, string> = {
  new: 'new',
  escalated: 'worse',
  acknowledged: 'acknowledged',
  update: 'changed',
  again: 'still there',
  resolved: 'over',
}

/** What, where, since when, how bad, what changed before, and a link. */
export function factsOf(
  finding: Finding,
  change: FindingChange | undefined,
  at: string,
  baseUrl: string,
): FindingFacts {
  const facts: { name: string; value: string }[] = []
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') facts.push({ name, value: cut(oneLine(value), VALUE_CHARS_MAX) })
  }
  if (change !== undefined && change !== 'new') add('Now', CHANGE_WORDS[change])
  add('Where', whereOf(finding))
  add(finding.state === 'event' ? 'When' : 'Since', sinceOf(finding, at))
  add('How bad', badnessOf(finding))
  add('Shared', finding.shared)
  add('Changed before', finding.changedBefore ?? (finding.state === 'ended' ? undefined : 'no change is known'))
  add('Owner', finding.labels.owner)
  for (const evidence of finding.evidence.slice(0, EVIDENCE_SHOWN_MAX)) add('Look', evidence)
  const detail = oneLine(finding.sentence)
  return {
    what: oneLine(finding.title),
    detail: detail === '' || detail === oneLine(finding.title) ? undefined : cut(detail, DETAIL_CHARS_MAX),
    facts,
    link: linkOf(finding, baseUrl),
  }
}

function whereOf({ labels }: Finding): string {
  const node = labels['node.name'] ?? labels['node.id']
  const parts = [labels.service ?? 'no service named', labels.environment, labels.operation, node, releaseOf(labels)]
  return [...new Set(parts)].filter(part => part !== undefined && part !== '').join(' · ')
}

function releaseOf({ release }: Finding['labels']): string | undefined {
  return release === undefined ? undefined : `release ${release}`
}

function sinceOf({ since, until, state, at: recordAt }: Finding, at: string): string {
  if (state === 'event') return timeText(since)
  const end = state === 'ended' ? (until ?? recordAt) : at
  const lasted = durationText(Date.parse(end) - Date.parse(since))
  return state === 'ended'
    ? `${timeText(since)} until ${timeText(end)}, ${lasted}`
    : `${timeText(since)}, for ${lasted}`
}

function badnessOf({ severity, seen, expected, entitiesHit }: Finding): string {
  const level = [seen, expected === undefined ? undefined : `expected ${expected}`].filter(part => part !== undefined)
  const hit =
    entitiesHit === undefined || entitiesHit === 0 ? undefined : `${countText(entitiesHit, 'entity', 'entities')} hit`
  return [severity, level.length === 0 ? undefined : level.join(', '), hit]
    .filter(part => part !== undefined)
    .join('; ')
}

/** A path of a record leads below our own address and nowhere else. */
export function linkOf({ link }: Pick<Finding, 'link'>, baseUrl: string): string {
  const base = new URL(baseUrl)
  if (link === undefined) return base.href
  try {
    const path = new URL(link, base)
    const isOurs = path.origin === base.origin && path.username === '' && path.password === ''
    return isOurs ? path.href : base.href
  } catch {
    return base.href
  }
}

const HEADLINE_CHARS_MAX = 200

/** The message in one line: a subject, a fallback text, what a phone shows. */
export function headlineOf(notification: Notification): string {
  return cut(`[${stateOf(notification)}] ${subjectOf(notification)}`, HEADLINE_CHARS_MAX)
}

/** Whether nothing of the thread fires any more. */
export function isOver({ counts, change }: Notification): boolean {
  return counts.firing === 0 && change === 'resolved'
}

function stateOf(notification: Notification): string {
  const { change, counts, findings } = notification
  const worst = findings[0]?.finding.severity ?? 'info'
  if (isOver(notification)) return 'resolved'
  if (change === 'resolved') return `partly resolved, ${counts.firing} firing`
  if (change === 'acknowledged') return 'acknowledged'
  return change === 'again' ? `${worst}, still firing` : worst
}

function subjectOf({ findings, counts, labels, services, moreServices }: Notification): string {
  const [first] = findings
  const total = counts.firing + counts.resolved + counts.events
  const only = total <= 1 ? first?.finding : undefined
  const place = [only?.labels.environment ?? labels.environment, only?.labels.service].filter(Boolean).join(' ')
  if (only !== undefined) return place === '' ? oneLine(only.title) : `${place}: ${oneLine(only.title)}`
  const among = services.length + moreServices
  const where = among > 1 ? ` in ${countText(among, 'service')}` : among === 1 ? ` in ${services[0]}` : ''
  return `${place === '' ? '' : `${place}: `}${countText(total, 'finding')}${where}, first: ${oneLine(first?.finding.title ?? '')}`
}

/** What is beside the findings that are named, in sentences. */
export function remarksOf({ more, counts, services, moreServices, inDoubt }: Notification): string[] {
  const remarks: string[] = []
  if (more > 0) {
    const names = services.join(', ') + (moreServices > 0 ? ` and ${moreServices} more` : '')
    remarks.push(`And ${countText(more, 'more finding')}. Services: ${names === '' ? 'none named' : names}.`)
  }
  if (counts.heldBack > 0)
    remarks.push(
      `${countText(counts.heldBack, 'finding')} held back: silenced, in maintenance, muted or explained by another.`,
    )
  if (inDoubt !== undefined)
    remarks.push(`A message of ${timeText(inDoubt)} may not have arrived: its answer was lost.`)
  return remarks
}
