import { define } from '../../pipeline/component.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { webhookConfig } from './config.ts'
import { webhookDestination } from './destination.ts'

export const webhook = define({
  kind: 'exporter',
  type: 'webhook',
  summary:
    'Tells a service of yours of findings: signed JSON over HTTP. A message whose answer was lost comes again under the same webhook-id and idempotency-key.',
  signals: ['logs'],
  delivery: 'durable',
  config: webhookConfig,
  examples: [
    { url: 'https://hooks.example/sensorium', secrets: ['a-secret-of-16-letters-or-more'] },
    { url: 'http://127.0.0.1:9000/', headers: { authorization: 'Bearer token' }, send_resolved: false },
  ],
  create: (settings, _next, context) => createNotifier(webhookDestination(settings), context),
})
