import type { Destination } from '../../pipeline/destination.ts'
import { deliverHttp } from '../../pipeline/http-client/deliver.ts'
import type { FindingChange } from '../../pipeline/model/index.ts'
import type { DatadogSettings } from './config.ts'
import { datadogEvent } from './event.ts'

/** Events of one aggregation_key are shown together, but each that is sent is one more. */
export function datadogDestination(settings: DatadogSettings): Destination {
  const changes: FindingChange[] = ['new', 'escalated', 'acknowledged', 'again']
  const base = settings.events_url ?? `https://event-management-intake.${settings.site}`
  return {
    wants: new Set(settings.send_resolved ? [...changes, 'resolved'] : changes),
    recognisesRepeats: false,
    async deliver(notification, _thread, signal) {
      const { answer, pauseMs } = await deliverHttp({
        method: 'POST',
        url: `${base.replace(/\/+$/, '')}/api/v2/events`,
        headers: { 'content-type': 'application/json', 'dd-api-key': settings.api_key },
        body: JSON.stringify(datadogEvent(notification, settings)),
        timeoutMs: settings.timeout_ms,
        signal,
        secrets: [settings.api_key],
      })
      return { answer: `HTTP ${answer.status}`, pauseMs }
    },
  }
}
