import { type Nanos, SECOND } from '../clock.ts'
import { entityId } from '../ids.ts'
import type { Random } from '../random.ts'
import type { Request } from './runtime.ts'

export const STATIONS = Array.from({ length: 6 }, (_, i) => `EV-Station-0${i + 1}`)
const SITES_PER_STATION = 3
const DRIVERS = 900
const YEAR_MS = 365 * 24 * 3_600_000
/** Sessions are started and meters are read by turns, as it happens. */
const SESSION_SHARE = 0.6

export interface Arrival {
  readonly operation: 'POST /plug' | 'POST /reading'
  readonly request: Request
}

/** Drivers come independently of one another. Endless, in order of time. */
export function* drivers(
  random: Random,
  ratePerSecond: number,
  contractUntil: (partner: string, at: Nanos) => number | undefined,
  unixMs: (at: Nanos) => number,
): Generator<Arrival> {
  let at = 0
  for (let number = 1; ; number++) {
    at += Math.round(random.exponential(SECOND / ratePerSecond))
    const own = random.fork(number)
    const station = own.int(0, STATIONS.length - 1)
    const partner = own.weighted([
      ['chargehub', 55],
      ['roamwell', 25],
      ['citypark', 20],
    ] as const)
    const session = {
      id: entityId(own, 'ses'),
      userId: `usr_${String(own.int(1, DRIVERS)).padStart(4, '0')}`,
      station: STATIONS[station]!,
      site: `site-${station * SITES_PER_STATION + own.int(1, SITES_PER_STATION)}`,
      connector: own.weighted([
        ['CCS2', 60],
        ['Type2', 25],
        ['CHAdeMO', 15],
      ] as const),
      tariff: own.weighted([
        ['home', 35],
        ['roam', 25],
        ['fleet', 25],
        ['adhoc', 15],
      ] as const),
      currency: own.weighted([
        ['EUR', 60],
        ['SEK', 25],
        ['GBP', 15],
      ] as const),
      kwh: own.int(8, 40),
      partner,
      contractUntil: contractUntil(partner, at) ?? unixMs(at) + own.between(0.1, 1) * YEAR_MS,
    }
    const operation = own.chance(SESSION_SHARE) ? 'POST /plug' : 'POST /reading'
    yield { operation, request: { id: `txn-${own.hex(10)}`, session, random: own, now: at } }
  }
}
