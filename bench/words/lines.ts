import { batch, log, resource } from '../../exporters/timescale/testing/records.ts'
import type { BatchOf, LogRecord } from '../../pipeline/model/index.ts'

export const BATCH_RECORDS = 1_000
const SERVICES = 12
const DAY_NANOS = 86_400_000_000_000n
/** A word that stands in one line of so many, each time in another of the day's hours. */
const RARE_EVERY = 40_000

const SUBJECTS =
  'order parcel invoice voucher session basket refund price label stock mailbox token quote shift card'.split(' ')
const VERBS = 'accepted queued priced packed shipped settled verified renewed archived merged split notified'.split(' ')
const PLACES = 'gateway ledger replica broker bucket scheduler worker proxy shard vault relay mirror'.split(' ')
const RARE = 'quarantined overdrawn misrouted unreachable throttled'.split(' ')
const NAMES = 'maria sven aiko omar lucia jonas priya tomas elena farid'.split(' ')

const RESOURCES = Array.from({ length: SERVICES }, (_, i) =>
  resource({ 'service.name': `service-${i}`, 'deployment.environment.name': 'prod', 'service.version': '1.4.2' }),
)

/** Numbers that look like chance and are the same in every run. */
function scattered(n: number): number {
  let hash = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}

export function orderId(n: number): string {
  return `ord_${scattered(n).toString(36)}${n.toString(36)}`
}

function message(n: number): string {
  const pick = scattered(n)
  const order = orderId(Math.floor(n / 6))
  if (n % RARE_EVERY === 17)
    return `${order} was ${RARE[Math.floor(n / RARE_EVERY) % RARE.length]} by the ${PLACES[pick % 12]}`
  const form = pick % 180
  const subject = SUBJECTS[form % SUBJECTS.length]
  const verb = VERBS[Math.floor(form / SUBJECTS.length)]
  const place = PLACES[pick % PLACES.length]
  switch (n % 4) {
    case 0:
      return `${subject} ${order} ${verb} at ${place} for ${(pick % 90_000) / 100} EUR in ${pick % 900} ms`
    case 1:
      return `${verb} ${subject} of customer ${NAMES[pick % NAMES.length]}${pick % 5_000} on ${place}-${pick % 16}`
    case 2:
      return `GET /api/${subject}/${pick % 100_000} ${verb} 200 ${pick % 1_500} ms trace=${pick.toString(16).padStart(8, '0')}`
    default:
      return `${place}: ${subject} ${verb}, attempt ${pick % 5} of 5`
  }
}

/** One of the requests of a day, as a Collector sends them: the lines of all services in the order of their times. */
export function batchOf(n: number, total: number, startUnixNano: bigint): BatchOf<'logs'> {
  const lines = total * BATCH_RECORDS
  const items = Array.from({ length: BATCH_RECORDS }, (_, i): LogRecord => {
    const at = n * BATCH_RECORDS + i
    return log({
      resource: RESOURCES[at % SERVICES]!,
      timeUnixNano: startUnixNano + (DAY_NANOS * BigInt(at)) / BigInt(lines),
      severityNumber: at % 97 === 0 ? 13 : 9,
      body: message(at),
      attributes: new Map([['http.route', '/api/{id}']]),
    })
  })
  return { ...batch('logs', `words ${n}`, items), bytes: BATCH_RECORDS * 250 }
}

/** Words of each sort, other ones in each round. */
export const QUESTIONS: Readonly<Record<string, (round: number, rows: number) => string>> = {
  'a rare word': round => RARE[round % RARE.length]!,
  'a frequent word': round => SUBJECTS[round % SUBJECTS.length]!,
  'an id': (round, rows) => orderId(Math.floor(scattered(round) % (rows / 6))),
  'a name among thousands': round => `${NAMES[round % NAMES.length]}${(round * 131) % 5_000}`,
  'two words of many templates': round => `${SUBJECTS[round % SUBJECTS.length]} ${VERBS[round % VERBS.length]}`,
  'a word and an id': (round, rows) => `EUR ${orderId(Math.floor(scattered(round) % (rows / 6)))}`,
  'a word that is nowhere': round => `nowhere${round}`,
}
