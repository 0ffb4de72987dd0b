import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'
import { MESSAGE_SETTINGS } from '../../pipeline/message/settings.ts'

export const slackConfig = z
  .strictObject({
    token: secret(z.string().min(1).optional()).describe(
      'Bot token (xoxb-…) with chat:write: what is going on stays one message that is kept up to date, with a thread below it. With channels:history it can also be asked whether a message arrived.',
    ),
    channel: z
      .string()
      .min(1)
      .optional()
      .describe('Id of the channel that the bot was invited to, such as C0123456789.'),
    webhook_url: secret(z.url({ protocol: /^https?$/ }).optional()).describe(
      'An incoming webhook instead of token and channel: simpler, but each change is a message of its own.',
    ),
    signing_secret: secret(z.string().nullish()).describe(
      'Signing secret of the app (Basic Information): messages of reports and incidents then have buttons (right, wrong, another cause), and POST /slack/interactivity takes what is pressed; of an exporter slack/NAME it is /slack/interactivity/NAME. Without it, or empty, there are none.',
    ),
    api_url: z
      .url({ protocol: /^https?$/ })
      .default('https://slack.com/api')
      .describe('Where Slack’s methods are.'),
    ...MESSAGE_SETTINGS,
  })
  .superRefine((settings, context) => {
    const isBot = settings.token !== undefined || settings.channel !== undefined
    const isWhole = settings.token !== undefined && settings.channel !== undefined
    if (settings.webhook_url === undefined ? !isWhole : isBot) {
      context.addIssue({ code: 'custom', message: 'give token and channel, or webhook_url' })
    }
    if (settings.signing_secret && settings.webhook_url !== undefined) {
      const message = 'buttons need token and channel: a message of a webhook cannot be kept up to date'
      context.addIssue({ code: 'custom', path: ['signing_secret'], message })
    }
  })
export type SlackSettings = z.output<typeof slackConfig>
