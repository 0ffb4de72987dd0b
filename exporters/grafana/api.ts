import { DeliveryError } from '../../pipeline/destination.ts'
import { type Delivered, deliverHttp } from '../../pipeline/http-client/deliver.ts'

export interface GrafanaAccess {
  readonly url: string
  readonly api_key: string
  readonly timeout_ms: number
}

/** @throws DeliveryError, also for an answer that is not JSON: that is no Grafana, or a sign-in page before it */
export async function callGrafana(
  { url, api_key, timeout_ms }: GrafanaAccess,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body: object | undefined,
  signal: AbortSignal,
): Promise<Pick<Delivered, 'pauseMs'> & { readonly json: unknown }> {
  const { answer, pauseMs } = await deliverHttp({
    method,
    url: `${url.replace(/\/+$/, '')}${path}`,
    headers: {
      authorization: `Bearer ${api_key}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs: timeout_ms,
    signal,
    secrets: [api_key],
  })
  try {
    return { json: JSON.parse(answer.text) as unknown, ...(pauseMs === undefined ? {} : { pauseMs }) }
  } catch (cause) {
    throw new DeliveryError('misconfigured', `${url} answers something else than Grafana does`, 0, { cause })
  }
}
