import type { Access } from './access.ts'
import { quoted } from './answer-text.ts'
import { environmentNames } from './tool.ts'

interface Asked {
  readonly env?: string | undefined
  readonly service?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

/** Why there may be nothing, in our words and with what there is instead. */
export async function whyEmpty(access: Access, { env, service, from, to }: Asked): Promise<string> {
  const reasons: string[] = []
  const known = await access.rows(
    `SELECT array_agg(DISTINCT environment) AS environments, min(first_seen) AS first, max(last_seen) AS last
     FROM fingerprint_counts WHERE is_among(service, $1)`,
    [access.services ?? null],
  )
  const { environments, first, last } = known[0] ?? {}
  if (first === undefined) return 'Nothing is stored yet that this caller may see.'
  if (from !== undefined && last !== undefined && String(last) < from.toISOString()) {
    reasons.push(`the newest data is of ${last}, before this range; pass until or more minutes`)
  }
  if (to !== undefined && String(first) > to.toISOString()) {
    reasons.push(`the first data is of ${first}, after this range; pass a later until`)
  }
  const names = Array.isArray(environments) ? environments.map(String) : []
  const asked = environmentNames(env ?? '*')
  if (asked !== null && !names.some(name => asked.includes(name))) {
    reasons.push(`no such env; there are ${list(names)}`)
  }
  if (service !== undefined) reasons.push(...(await serviceReason(access, service)))
  if (reasons.length === 0) reasons.push(`nothing of the kind in this range; data reaches from ${first} to ${last}`)
  return `Empty because: ${reasons.join('; ')}.`
}

async function serviceReason(access: Access, service: string): Promise<string[]> {
  const rows = await access.rows(
    `SELECT DISTINCT service FROM fingerprint_counts WHERE is_among(service, $1) ORDER BY 1 LIMIT 1000`,
    [access.services ?? null],
  )
  const names = rows.map(row => String(row.service))
  if (names.includes(service)) return []
  const near = names.toSorted((a, b) => distance(a, service) - distance(b, service)).slice(0, 5)
  return [`no such service; nearest are ${list(near)}`]
}

const LISTED_MAX = 20

/** Names come from telemetry, too: only what looks like a name is told, and between the marks. */
function list(names: readonly string[]): string {
  const plain = names.filter(name => /^[\w./:@-]{1,80}$/.test(name)).slice(0, LISTED_MAX)
  return plain.length === 0 ? 'none' : quoted(plain.join(', '))
}

/** Edits between two names (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost))
    }
    row = next
  }
  return row[b.length]!
}
