import { MINUTE, type Nanos, type Timeline } from '../clock.ts'
import type { TillIdentity } from './edge.ts'

/** A till or kiosk in one of the shop's branches: a node that runs the shop's software far away. */
interface Till extends TillIdentity {
  readonly version: string
  readonly memoryMb: number
  /** Which part of the run it was heard of last; undefined where it still is. */
  readonly silentSince?: number
}

const DAY_S = 86_400
const till = (town: string, version: string, memoryMb: number): Till => ({
  id: `demo-till-${town.toLowerCase()}`,
  name: `Till ${town}`,
  user: 'branches',
  environment: 'production',
  // The demo ends and these are well all the same: who reports once a day is not missed sooner.
  heartbeatIntervalS: DAY_S,
  version,
  memoryMb,
})

export const TILLS: readonly Till[] = [
  till('Berlin', '0.3.1', 61),
  till('Hamburg', '0.3.0', 74),
  till('Leipzig', '0.2.9', 118),
  { ...till('Cologne', '0.3.0', 66), heartbeatIntervalS: 30, silentSince: 0.6 },
]

interface Sent {
  readonly till: Till
  readonly body: Readonly<Record<string, unknown>>
}

const OS = { os: 'linux', arch: 'arm64' }
const IN_USE = [
  'UNCAUGHT: Error: listen EADDRINUSE: address already in use 127.0.0.1:9847',
  '    at Server.listen (/app/server.js:10:5)',
  '    at start (/app/till.js:31:10)',
  'EXIT code=1',
]
const NO_TOTAL = [
  "UNCAUGHT: TypeError: Cannot read properties of undefined (reading 'total')",
  '    at printReceipt (/app/receipt.js:88:21)',
  '    at close (/app/till.js:140:3)',
  'EXIT code=1',
]

/** What the tills reported in the run: signs of life, lost connections, crashes of several versions. */
export function tillReports(timeline: Timeline, duration: Nanos): readonly Sent[] {
  const at = (share: number, rest: object): Readonly<Record<string, unknown>> => ({
    ...OS,
    timestamp: timeline.iso(Math.round(duration * share)),
    ...rest,
  })
  const [, hamburg, leipzig, cologne] = TILLS as readonly [Till, Till, Till, Till]
  const crash = (till: Till, share: number, entries: readonly string[]): Sent => ({
    till,
    body: at(share, { type: 'crash_report', node_version: till.version, entries }),
  })
  return [
    ...TILLS.flatMap(till =>
      [0.1, 0.3, 0.5, 0.7, 0.9]
        .filter(share => share < (till.silentSince ?? 1))
        .map(share => ({
          till,
          body: at(share, { type: 'health', node_version: till.version, uptime: uptimeMs(share, duration) }),
        })),
    ),
    crash(leipzig, 0.25, IN_USE),
    crash(hamburg, 0.45, IN_USE),
    crash(leipzig, 0.65, NO_TOTAL),
    {
      till: cologne,
      body: at(0.58, {
        type: 'connection_degraded',
        node_version: cologne.version,
        message: 'websocket lost, attempt 4 of 10',
      }),
    },
  ]
}

/** A heartbeat is of now, whatever it says; who is silent sends none. */
export function heartbeatOf({ version, memoryMb }: Till): Readonly<Record<string, unknown>> {
  return {
    version,
    uptime: 26 * 3_600_000,
    connection_state: 'connected',
    ws_failure_count: 0,
    memory_mb: memoryMb,
    error_count: version === '0.3.1' ? 0 : 1,
  }
}

function uptimeMs(share: number, duration: Nanos): number {
  return 25 * 3_600_000 + Math.round((share * duration) / MINUTE) * 60_000
}
