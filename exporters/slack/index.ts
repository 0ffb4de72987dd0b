import { define } from '../../pipeline/component.ts'
import { withClient } from '../../store/connect.ts'
import { createNotifier } from '../../store/notifications/notifier.ts'
import { readWords } from '../../store/reports/feedback.ts'
import { slackConfig } from './config.ts'
import { slackDestination } from './destination.ts'
import { takePresses } from './presses.ts'

export const slack = define({
  kind: 'exporter',
  type: 'slack',
  summary:
    'Tells a Slack channel of findings: one message that is kept up to date with a thread below it, or by an incoming webhook one message for each change. With signing_secret, people judge reports by buttons.',
  signals: ['logs'],
  delivery: 'durable',
  config: slackConfig,
  examples: [
    { token: 'xoxb-token', channel: 'C0123456789', link_base_url: 'https://sensorium.example' },
    { token: 'xoxb-token', channel: 'C0123456789', signing_secret: 'of-the-app' },
    { webhook_url: 'https://hooks.slack.com/services/T000/B000/XXXX' },
  ],
  create(settings, _next, context) {
    const { signing_secret: secret } = settings
    if (!secret) return createNotifier(slackDestination(settings), context)
    const settled = takePresses(settings, secret, context)
    const words = (abouts: readonly string[]) =>
      withClient(context.database, 'owner', client =>
        readWords(async (sql, values) => (await client.query(sql, [...values])).rows, abouts),
      )
    const notifier = createNotifier(slackDestination(settings, words), context)
    return {
      ...notifier,
      shutdown: async deadline => {
        await settled()
        await notifier.shutdown?.(deadline)
      },
    }
  },
})
