import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { secret } from '../../pipeline/config/secret.ts'
import { MESSAGE_SETTINGS } from '../../pipeline/message/settings.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { pagerdutyDestination } from './destination.ts'

export const pagerduty = define({
  kind: 'exporter',
  type: 'pagerduty',
  summary:
    'Triggers, acknowledges and resolves alerts in PagerDuty (Events API v2): one alert for each group of findings, by its dedup_key.',
  signals: ['logs'],
  delivery: 'durable',
  config: z.strictObject({
    routing_key: secret(z.string().min(1)).describe('Integration key of an Events API v2 integration.'),
    api_url: z
      .url({ protocol: /^https?$/ })
      .default('https://events.pagerduty.com')
      .describe('https://events.eu.pagerduty.com for accounts in the EU.'),
    ...MESSAGE_SETTINGS,
  }),
  examples: [{ routing_key: '0123456789abcdef0123456789abcdef', link_base_url: 'https://sensorium.example' }],
  create: (settings, _next, context) => createNotifier(pagerdutyDestination(settings), context),
})
