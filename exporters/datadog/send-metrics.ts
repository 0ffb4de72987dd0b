import type { Consume } from '../../pipeline/component.ts'
import { DeliveryError } from '../../pipeline/destination.ts'
import { PermanentError, UnavailableError } from '../../pipeline/errors.ts'
import { deliverHttp } from '../../pipeline/http-client/deliver.ts'
import type { MetricPoint } from '../../pipeline/model/index.ts'
import type { DatadogSettings } from './config.ts'
import { type Series, seriesOf } from './series.ts'

/** Datadog takes 512,000 bytes; what is around the series has room. */
const BODY_BYTES_MAX = 500_000
const RETRY_AFTER_MS = 1_000

/**
 * Sends data points and resolves when Datadog has all. A batch that failed in the middle is sent again whole: of a point
 * with the same name, tags and time the last one stands.
 */
export function createMetricsSender(settings: DatadogSettings): Consume {
  const base = settings.metrics_url ?? `https://api.${settings.site}`
  const url = `${base.replace(/\/+$/, '')}/api/v2/series`
  return async (batch, signal) => {
    if (batch.signal !== 'metrics') return
    for (const body of bodiesOf(batch.items, settings.tags)) {
      try {
        await deliverHttp({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json', 'dd-api-key': settings.api_key },
          body,
          timeoutMs: settings.timeout_ms,
          signal,
          secrets: [settings.api_key],
        })
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error
        if (error.fault === 'refused') throw new PermanentError(error.message, { cause: error })
        throw new UnavailableError(error.message, Math.max(error.retryAfterMs, RETRY_AFTER_MS), { cause: error })
      }
    }
  }
}

function* bodiesOf(points: readonly MetricPoint[], tags: readonly string[]): Generator<string> {
  let waiting: string[] = []
  let bytes = 0
  const body = () => `{"series":[${waiting.join(',')}]}`
  for (const series of points.flatMap(point => seriesOf(point, tags))) {
    const json = JSON.stringify(series satisfies Series)
    const size = Buffer.byteLength(json) + 1
    if (bytes + size > BODY_BYTES_MAX && waiting.length > 0) {
      yield body()
      waiting = []
      bytes = 0
    }
    waiting.push(json)
    bytes += size
  }
  if (waiting.length > 0) yield body()
}
