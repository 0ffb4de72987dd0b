import { define } from '../../pipeline/component.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { slackConfig } from './config.ts'
import { slackDestination } from './destination.ts'

export const slack = define({
  kind: 'exporter',
  type: 'slack',
  summary:
    'Tells a Slack channel of findings: one message that is kept up to date with a thread below it, or by an incoming webhook one message for each change.',
  signals: ['logs'],
  delivery: 'durable',
  config: slackConfig,
  examples: [
    { token: 'xoxb-token', channel: 'C0123456789', link_base_url: 'https://sensorium.example' },
    { webhook_url: 'https://hooks.slack.com/services/T000/B000/XXXX' },
  ],
  create: (settings, _next, context) => createNotifier(slackDestination(settings), context),
})
