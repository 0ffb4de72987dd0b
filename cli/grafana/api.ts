import { errorText, SensoriumError } from '../../pipeline/errors.ts'

/** Grafana answers at once; one that is slower than this is not well. */
const DEADLINE_MS = 20_000
const SHOWN_CHARS = 300

export type Json = Readonly<Record<string, unknown>>

export interface GrafanaApi {
  /** `undefined` where there is none. */
  get(path: string): Promise<Json | undefined>
  send(method: 'POST' | 'PUT', path: string, body: object): Promise<void>
}

/** Grafana's HTTP API with a service account's token. Throws SensoriumError USAGE: what a person can mend. */
export function grafanaApi(url: string, token: string): GrafanaApi {
  const base = url.replace(/\/+$/, '')
  const call = async (method: string, path: string, body?: object): Promise<Response> => {
    try {
      return await fetch(`${base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // A redirect would carry the token to where nobody sent it.
        redirect: 'error',
        signal: AbortSignal.timeout(DEADLINE_MS),
      })
    } catch (cause) {
      throw new SensoriumError('USAGE', `Grafana at ${base} does not answer: ${errorText(cause)}`, { cause })
    }
  }
  return {
    async get(path) {
      const response = await call('GET', path)
      if (response.status === 404) return undefined
      if (!response.ok) throw await refusal('GET', path, response)
      return (await response.json()) as Json // Grafana's answers to these are objects
    },
    async send(method, path, body) {
      const response = await call(method, path, body)
      if (!response.ok) throw await refusal(method, path, response)
    },
  }
}

async function refusal(method: string, path: string, response: Response): Promise<SensoriumError> {
  const said = (await response.text()).slice(0, SHOWN_CHARS)
  const hint =
    response.status === 401 || response.status === 403
      ? '. The token has to be of a service account with the role Admin'
      : ''
  return new SensoriumError('USAGE', `Grafana refused ${method} ${path} with ${response.status}: ${said}${hint}`)
}
