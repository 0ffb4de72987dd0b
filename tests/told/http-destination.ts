import type { DeliveryFault, Destination } from '../../pipeline/destination.ts'
import { BUSY_S, type FakeService } from './destination-kit.ts'
import { openHttpService, type ReceivedRequest, type ScriptedAnswer } from './http-service.ts'

const ANSWERS: Record<DeliveryFault | 'busy', ScriptedAnswer> = {
  unsent: { status: 503 },
  busy: { status: 429, headers: { 'retry-after': String(BUSY_S) } },
  misconfigured: { status: 403 },
  refused: { status: 400, body: '{"errors":["no"]}' },
  lost: { isLost: true },
}

export interface HttpDestinationOptions {
  /** The destination at an address. */
  readonly at: (url: string) => Destination
  readonly respond?: (request: ReceivedRequest) => ScriptedAnswer
  /** Of the requests, those that leave a message, with its key; undefined for the others. */
  readonly messageOf: (request: ReceivedRequest) => { readonly key: string; readonly text: string } | undefined
}

/** A destination that speaks HTTP, with a server that fails as it is told to. */
export async function openHttpDestination({ at, respond, messageOf }: HttpDestinationOptions): Promise<FakeService> {
  const server = await openHttpService(respond)
  const there = at(server.url)
  // Nothing listens on the port for discarding.
  const gone = at('http://127.0.0.1:9')
  let isAway = false
  let next: DeliveryFault | 'busy' | undefined
  const notTaken = new Set<number>()
  const now = () => (isAway ? gone : there)
  return {
    destination: {
      ...there,
      deliver: (...given) => {
        if (next !== undefined && !isAway) {
          if (next !== 'lost') notTaken.add(server.requests.length)
          server.script.push(ANSWERS[next])
          next = undefined
        }
        return now().deliver(...given)
      },
    },
    messages: () =>
      server.requests
        .map((request, i) => (notTaken.has(i) ? undefined : messageOf(request)))
        .filter(message => message !== undefined),
    attempts: () => server.requests.length,
    meet: fault => {
      isAway = fault === 'away'
      if (fault !== 'away') next = fault
    },
    isBack: () => {
      isAway = false
    },
    close: server.close,
  }
}
