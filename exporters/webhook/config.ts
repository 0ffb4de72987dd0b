import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'
import { MESSAGE_SETTINGS } from '../../pipeline/message/settings.ts'

export const webhookConfig = z.strictObject({
  url: secret(z.url({ protocol: /^https?$/ })).describe('Where messages are posted to, as JSON.'),
  secrets: secret(z.array(z.string().min(16)))
    .default([])
    .describe(
      'Messages are signed with each of them (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature), so that one can be changed without a gap. whsec_… is base64.',
    ),
  headers: secret(z.record(z.string(), z.string()))
    .default({})
    .describe('Sent with every request, such as authorization: Bearer ….'),
  ...MESSAGE_SETTINGS,
})
export type WebhookSettings = z.output<typeof webhookConfig>
