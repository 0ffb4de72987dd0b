import type { Destination } from '../../pipeline/destination.ts'
import { deliverHttp } from '../../pipeline/http-client/deliver.ts'
import type { FindingChange } from '../../pipeline/model/index.ts'
import { pagerdutyEvent } from './event.ts'

export interface PagerdutySettings {
  readonly routing_key: string
  readonly api_url: string
  readonly link_base_url: string
  readonly send_resolved: boolean
  readonly timeout_ms: number
}

/** The same event again changes nothing: PagerDuty knows the alert by its dedup_key. */
export function pagerdutyDestination(settings: PagerdutySettings): Destination {
  const changes: FindingChange[] = ['new', 'escalated', 'acknowledged', 'again']
  return {
    wants: new Set(settings.send_resolved ? [...changes, 'resolved'] : changes),
    recognisesRepeats: true,
    async deliver(notification, _thread, signal) {
      const { answer, pauseMs } = await deliverHttp({
        method: 'POST',
        url: `${settings.api_url.replace(/\/+$/, '')}/v2/enqueue`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(pagerdutyEvent(notification, settings)),
        timeoutMs: settings.timeout_ms,
        signal,
        secrets: [settings.routing_key],
      })
      return { answer: `HTTP ${answer.status}`, pauseMs }
    },
  }
}
