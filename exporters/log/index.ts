import { z } from 'zod'
import { define } from '../../pipeline/component.ts'
import { MESSAGE_SETTINGS } from '../../pipeline/message/settings.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { logDestination } from './destination.ts'

const { link_base_url, send_resolved } = MESSAGE_SETTINGS

export const log = define({
  kind: 'exporter',
  type: 'log',
  summary:
    'Tells whoever sees the terminal of `sensorium start`, or reads its log, of findings: a line for each message, so nothing has to be set up.',
  signals: ['logs'],
  delivery: 'durable',
  config: z.strictObject({ link_base_url, send_resolved }),
  examples: [{}, { link_base_url: 'https://sensorium.example', send_resolved: false }],
  create: (settings, _next, context) => createNotifier(logDestination(settings, context.logger), context),
})
