import { createHmac } from 'node:crypto'
import type { Destination } from '../../pipeline/destination.ts'
import { deliverHttp } from '../../pipeline/http-client/deliver.ts'
import type { FindingChange, Notification } from '../../pipeline/model/index.ts'
import type { WebhookSettings } from './config.ts'
import { webhookPayload } from './payload.ts'

/** The receiver knows a message by its id: it may come again when its answer was lost. */
export function webhookDestination(settings: WebhookSettings): Destination {
  const changes: FindingChange[] = ['new', 'escalated', 'acknowledged', 'update', 'again']
  return {
    wants: new Set(settings.send_resolved ? [...changes, 'resolved'] : changes),
    recognisesRepeats: true,
    async deliver(notification, _thread, signal) {
      const body = Buffer.from(JSON.stringify(webhookPayload(notification, settings.link_base_url)))
      const { answer, pauseMs } = await deliverHttp({
        method: 'POST',
        url: settings.url,
        headers: {
          ...settings.headers,
          'content-type': 'application/json',
          'user-agent': 'sensorium',
          'idempotency-key': notification.id,
          ...signatureHeaders(notification, body, settings.secrets, Math.floor(Date.now() / 1000)),
        },
        body,
        timeoutMs: settings.timeout_ms,
        signal,
        secrets: [
          settings.url,
          new URL(settings.url).pathname,
          ...settings.secrets,
          ...Object.values(settings.headers),
        ],
      })
      return { answer: `HTTP ${answer.status}`, pauseMs }
    },
  }
}

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, the very bytes that are sent. */
export function signatureHeaders(
  { id }: Pick<Notification, 'id'>,
  body: Buffer,
  secrets: readonly string[],
  timestampS: number,
): Record<string, string> {
  const sign = (secret: string) => {
    const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestampS}.`).update(body)
    return `v1,${hmac.digest('base64')}`
  }
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestampS) }
  return secrets.length === 0 ? headers : { ...headers, 'webhook-signature': secrets.map(sign).join(' ') }
}

const BASE64_SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/

function keyOf(secret: string): Buffer {
  const [, base64] = BASE64_SECRET.exec(secret) ?? []
  return base64 === undefined ? Buffer.from(secret) : Buffer.from(base64, 'base64')
}
