/** The HTTP port of a Sensorium, where everything goes that is not OTLP, and what lets the demo send there. */
export interface Edge {
  /** Base address. */
  readonly url: string
  /** Bearer token of CI reports; on loopback none is asked for unless one is set. */
  readonly ciToken?: string | undefined
  /** Secret that signs application events; without one the server takes none. */
  readonly eventSecret?: string | undefined
  /** Registers the tills, or gives those of an earlier run new keys: id → key. Without it no till reports. */
  readonly registerTills?: ((tills: readonly TillIdentity[]) => Promise<ReadonlyMap<string, string>>) | undefined
}

export interface TillIdentity {
  readonly id: string
  readonly name: string
  readonly user: string
  readonly environment: string
  /** How often it has to be heard of. */
  readonly heartbeatIntervalS: number
}

/** An answer that was not the one that was wanted, in words for the person at the terminal. */
export class EdgeRefusal extends Error {
  override readonly name = 'EdgeRefusal'
}

/** Answers come after the commit, and a busy machine takes its time. */
const TIMEOUT_MS = 60_000
/** A receiver that asks for patience gets it this often. */
const ATTEMPTS = 4
const PATIENCE_MS = 500

/** Resolves once the request is taken. @throws EdgeRefusal */
export async function post(
  edge: Edge,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { response, text } = await ask(`${edge.url}${path}`, body, headers)
    if (response.ok) return text
    const isBusy = response.status === 429 || response.status === 503
    if (!isBusy || attempt === ATTEMPTS) {
      throw new EdgeRefusal(`${edge.url}${path} answered ${response.status}: ${text.slice(0, 300)}`)
    }
    await new Promise(resolve => setTimeout(resolve, PATIENCE_MS * attempt))
  }
}

async function ask(url: string, body: string, headers: Readonly<Record<string, string>>) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { response, text: await response.text() }
  } catch (cause) {
    throw new EdgeRefusal(`nothing answers at ${url} (${String(cause)})`, { cause })
  }
}

/** As many at once as a small CI has jobs. */
const AT_ONCE = 6

export async function postAll(bodies: readonly object[], send: (body: string) => Promise<unknown>): Promise<void> {
  const left = bodies.map(body => JSON.stringify(body))
  const worker = async () => {
    for (let body = left.shift(); body !== undefined; body = left.shift()) await send(body)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
