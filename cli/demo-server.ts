import type { Edge, TillIdentity } from '../demo/index.ts'
import { DEMO_DEFAULTS } from '../demo/index.ts'
import { SensoriumError } from '../pipeline/errors.ts'
import { runningHere } from './running.ts'

/** What the demo sends to: the OTLP receiver and, where it is one of ours, the HTTP port beside it. */
export interface DemoServer {
  readonly endpoint: string
  readonly edge: Edge | undefined
  /** Why nothing goes to the edge, where that is so. */
  readonly without?: string
}

export interface Wanted {
  /** `--endpoint` */
  readonly endpoint?: string | undefined
  /** `--edge` */
  readonly edge?: string | undefined
  readonly config: string
}

const EDGE_DEFAULT = '127.0.0.1:4320'
const PROBE_MS = 2_000

/**
 * The Sensorium of this account, or the one that is named. CI's token and the secret of signed events are those of the
 * environment, where `sensorium start` has them from as well; tills are registered in the server's database, which whoever
 * started it can open.
 */
export async function demoServer({ endpoint, edge, config }: Wanted): Promise<DemoServer> {
  const otlp = endpoint ?? endpointHere()
  const note = runningHere().find(one => one.otlp_http !== null && urlOf(one.otlp_http) === otlp)
  const url = edge ?? edgeUrl(otlp, endpoint !== undefined, note?.http)
  if (url === undefined)
    return { endpoint: otlp, edge: undefined, without: `${otlp} is not known here: name its HTTP port with --edge` }
  if (!(await isOurs(url)))
    return {
      endpoint: otlp,
      edge: undefined,
      without: `no Sensorium answers at ${url}: name its HTTP port with --edge`,
    }
  const { SENSORIUM_CI_TOKEN: ciToken, PULSE_INGEST_SECRET: eventSecret } = process.env
  return {
    endpoint: otlp,
    edge: {
      url,
      ciToken: ciToken || undefined,
      eventSecret: eventSecret || undefined,
      registerTills: tills => registered(tills, config, note?.database),
    },
  }
}

/** Of a receiver that was named on the command line the port beside it is guessed only where a note tells of it. */
function edgeUrl(otlp: string, isNamed: boolean, noted: string | undefined): string | undefined {
  if (noted !== undefined) return urlOf(noted)
  const configured = process.env.SENSORIUM_HTTP_ENDPOINT
  if (configured) return urlOf(configured)
  return !isNamed || otlp === DEMO_DEFAULTS.endpoint ? urlOf(EDGE_DEFAULT) : undefined
}

async function isOurs(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) }).catch(() => undefined)
  return answer?.ok === true
}

async function registered(
  tills: readonly TillIdentity[],
  config: string,
  database: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const { registerAnew } = await import('./demo-tills.ts')
  return registerAnew(tills, config, database)
}

/** Where the Sensorium of this account takes OTLP over HTTP; where its configuration would have it when none runs. */
function endpointHere(): string {
  const configured = process.env.SENSORIUM_OTLP_HTTP_ENDPOINT
  if (configured !== undefined && configured !== '') return urlOf(configured)
  const open = [...new Set(runningHere().flatMap(({ otlp_http: at }) => (at === null ? [] : [urlOf(at)])))]
  if (open.length > 1 && !open.includes(DEMO_DEFAULTS.endpoint)) {
    throw new SensoriumError('USAGE', `more than one Sensorium runs here: choose with --endpoint ${open.join(' or ')}`)
  }
  return open.length === 1 ? open[0]! : DEMO_DEFAULTS.endpoint
}

/** What listens on all addresses is asked on this machine's own. */
function urlOf(endpoint: string): string {
  return `http://${endpoint.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:')}`
}
