import { nearestNames } from '../analysis/nearest-names.ts'
import type { Access } from './access.ts'
import { nextCall } from './answer.ts'
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
  const watched = await readWatched(access)
  if (watched.length === 0 && (service === undefined || (await spansOf(access, service)) === undefined)) {
    return 'Nothing is stored yet that this caller may see.'
  }
  const reasons: string[] = []
  const environments = [...new Set(watched.flatMap(one => one.environments))]
  const asked = environmentNames(env ?? '*')
  if (asked !== null && !environments.some(name => asked.includes(name))) {
    reasons.push(`no such env; there are ${list(environments)}`)
  }
  const own = service === undefined ? watched : watched.filter(one => one.service === service)
  const spans = service === undefined ? undefined : await spansOf(access, service)
  const all = [...own, ...(spans === undefined ? [] : [spans])]
  if (all.length === 0) {
    const near = nearestNames(
      watched.map(one => one.service),
      service ?? '',
      5,
    )
    return `Empty because: ${[...reasons, `no such service; nearest are ${list(near)}`].join('; ')}.`
  }
  const whose = service === undefined ? 'the' : "this service's"
  const first = all.reduce((least, one) => (one.first < least ? one.first : least), all[0]!.first)
  const last = all.reduce((most, one) => (one.last > most ? one.last : most), all[0]!.last)
  const isBefore = from !== undefined && last < from.toISOString()
  const isAfter = to !== undefined && first > to.toISOString()
  if (isBefore) reasons.push(`${whose} newest data is of ${last}, before this range; pass until or more minutes`)
  if (isAfter) reasons.push(`${whose} first data is of ${first}, after this range; pass a later until`)
  if (!isBefore && !isAfter) {
    if (reasons.length === 0) reasons.push('nothing of the kind in this range')
    reasons.push(`${whose} data reaches from ${first} to ${last}`)
    if (from !== undefined && first > from.toISOString()) reasons.push('of the time before that nothing is known')
  }
  return `Empty because: ${reasons.join('; ')}.`
}

/** Where all data ended before the range: the same question about its last minutes. */
export async function earlierRange(
  access: Access,
  to: Date,
  { minutes, env }: { readonly minutes: number; readonly env: string },
  tool: string,
): Promise<string[]> {
  const last = (await readWatched(access)).reduce((most, one) => (one.last > most ? one.last : most), '')
  if (last === '' || last > new Date(+to - minutes * 60_000).toISOString()) return []
  return [nextCall(tool, { env, minutes, until: new Date(Date.parse(last) + 1_000).toISOString() })]
}

interface Watched {
  readonly service: string
  readonly environments: readonly string[]
  readonly first: string
  readonly last: string
}

const SERVICES_MAX = 1_000

/** Since and until when each service told of itself, by its log records and errors. */
async function readWatched(access: Access): Promise<Watched[]> {
  const rows = await access.rows(
    `SELECT service, array_agg(environment) AS environments, min(first) AS first, max(last) AS last
     FROM (
       SELECT service, environment, min(first_seen) AS first, max(last_seen) AS last FROM (
         SELECT service, environment, first_seen, last_seen FROM fingerprint_services
         UNION ALL SELECT service, environment, first_seen, last_seen FROM fingerprint_sightings) s
       WHERE is_among(service, $1) GROUP BY 1, 2) e
     GROUP BY 1 ORDER BY 1 LIMIT ${SERVICES_MAX}`,
    [access.services ?? null],
  )
  return rows.map(row => ({
    service: String(row.service),
    environments: Array.isArray(row.environments) ? row.environments.map(String) : [],
    first: String(row.first),
    last: String(row.last),
  }))
}

/** Spans are kept a month, by default. */
const SPANS_DAYS = 31

/** The same by its spans: a service may write no logs. */
async function spansOf(access: Access, service: string): Promise<Watched | undefined> {
  const [row] = await access.rows(
    'SELECT first_at AS first, last_at AS last FROM service_heard($1, $3, $4) WHERE is_among($1, $2)',
    [service, access.services ?? null, new Date(+access.now - SPANS_DAYS * 86_400_000), access.now],
  )
  if (row?.first === undefined || row.first === null) return undefined
  return { service, environments: [], first: String(row.first), last: String(row.last) }
}

const LISTED_MAX = 20

/** Names come from telemetry, too: only what looks like a name is told, and between the marks. */
function list(names: readonly string[]): string {
  const plain = names.filter(name => /^[\w./:@-]{1,80}$/.test(name)).slice(0, LISTED_MAX)
  return plain.length === 0 ? 'none' : quoted(plain.join(', '))
}
