import { define } from '../../pipeline/component.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { datadogConfig } from './config.ts'
import { datadogDestination } from './destination.ts'
import { createMetricsSender } from './send-metrics.ts'

export const datadog = define({
  kind: 'exporter',
  type: 'datadog',
  summary:
    'Sends findings to Datadog as events (events v2) and metrics as series (metrics v2). Events are told once, as to people; metrics are acknowledged when Datadog has them.',
  signals: ['logs', 'metrics'],
  delivery: 'durable',
  config: datadogConfig,
  examples: [{ api_key: 'key' }, { api_key: 'key', site: 'datadoghq.eu', tags: ['team:shop'] }],
  create(settings, _next, context) {
    const sendMetrics = createMetricsSender(settings)
    if (!context.signals.includes('logs')) return { consume: sendMetrics }
    const notifier = createNotifier(datadogDestination(settings), context)
    return {
      ...notifier,
      consume: (batch, signal) =>
        batch.signal === 'metrics' ? sendMetrics(batch, signal) : notifier.consume!(batch, signal), // a notifier has one
    }
  },
})
