import { MILLISECOND, MINUTE, type Nanos, type Timeline } from '../clock.ts'
import { DemoError } from '../errors.ts'
import type { FleetWorld } from './runtime.ts'

/** As `POST /webhook/event` takes it: docs/debug-events.md. */
export interface DebugEvent {
  readonly eventType: string
  readonly correlationId: string
  readonly details: Readonly<Record<string, string>> & { readonly service: string; readonly errorCode: string }
  readonly priority: 'high' | 'low'
  readonly timestamp: string
  readonly environment: string
}

/** One driver who leaves is no news; so many within so long are. */
const NEWS_DROPS = 6
const NEWS_WITHIN: Nanos = 5 * MINUTE

export interface DropCounter {
  readonly add: FleetWorld['onDebugEvent']
  /** One of high priority is among them. */
  isTold(): boolean
  events(): readonly DebugEvent[]
}

export function createDropCounter(timeline: Timeline): DropCounter {
  const events: DebugEvent[] = []
  const times: Nanos[] = []
  let isTold = false
  return {
    add({ service }, request, eventType, errorCode) {
      const { id: correlationId, now, session } = request
      times.push(now)
      const isNews = !isTold && times.filter(at => at > now - NEWS_WITHIN).length >= NEWS_DROPS
      isTold ||= isNews
      events.push({
        ...{ eventType, correlationId, priority: isNews ? 'high' : 'low', environment: 'production' },
        details: { service, errorCode, userId: session.userId, sessionId: session.id, edgeDevice: session.station },
        timestamp: new Date(timeline.startUnixMs + now / MILLISECOND).toISOString(),
      })
    },
    isTold: () => isTold,
    events: () => events,
  }
}

/** @throws DemoError unless all of them are stored */
export async function postEvents(url: string, events: readonly DebugEvent[]): Promise<void> {
  const refuse = (why: string, cause?: unknown) =>
    new DemoError('unreachable', `${url} does not take debug events (${why}): name its HTTP port with --edge`, {
      cause,
    })
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  }).catch((error: unknown) => {
    throw refuse(error instanceof Error ? error.message : String(error), error)
  })
  if (!answer.ok) throw refuse(`it answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
}
