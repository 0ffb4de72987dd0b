import { DeliveryError, type DeliveryFault } from '../../pipeline/destination.ts'
import { deliverHttp } from '../../pipeline/http-client/deliver.ts'
import type { SlackSettings } from './config.ts'

/** What a method answers, as far as we look. */
export interface SlackAnswer {
  readonly ok: boolean
  readonly error?: string
  readonly ts?: string
  readonly channel?: string
  readonly messages?: readonly {
    readonly ts?: string
    readonly metadata?: { readonly event_payload?: Readonly<Record<string, unknown>> }
  }[]
  readonly pauseMs?: number | undefined
}

/** Slack says no with a 200. What is not named here is about tokens, scopes and channels: somebody must mend it. */
const FAULTS: Readonly<Record<string, DeliveryFault>> = {
  ratelimited: 'unsent',
  rate_limited: 'unsent',
  service_unavailable: 'unsent',
  internal_error: 'lost',
  fatal_error: 'lost',
  request_timeout: 'lost',
  invalid_blocks: 'refused',
  invalid_blocks_format: 'refused',
  invalid_arguments: 'refused',
  invalid_json: 'refused',
  msg_too_long: 'refused',
  msg_blocks_too_long: 'refused',
  metadata_too_large: 'refused',
  no_text: 'refused',
}

/** @throws DeliveryError */
export async function callSlack(
  settings: SlackSettings,
  method: string,
  given: { readonly body?: object; readonly query?: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<SlackAnswer> {
  const query = given.query === undefined ? '' : `?${new URLSearchParams(given.query)}`
  const { answer, pauseMs } = await deliverHttp({
    method: given.body === undefined ? 'GET' : 'POST',
    url: `${settings.api_url.replace(/\/+$/, '')}/${method}${query}`,
    headers: {
      authorization: `Bearer ${settings.token ?? ''}`,
      ...(given.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    },
    ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    timeoutMs: settings.timeout_ms,
    signal,
    secrets: [settings.token ?? ''],
  })
  const said = parse(answer.text)
  if (!said.ok) {
    const error = said.error ?? 'an answer that is not Slack’s'
    throw new DeliveryError(FAULTS[error] ?? 'misconfigured', `Slack answers ${error} to ${method}`)
  }
  return { ...said, pauseMs }
}

function parse(text: string): SlackAnswer {
  try {
    const said = JSON.parse(text) as SlackAnswer // what it has is asked for by name, and may be missing
    return typeof said === 'object' && said !== null ? said : { ok: false }
  } catch {
    return { ok: false }
  }
}
