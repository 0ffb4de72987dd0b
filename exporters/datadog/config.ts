import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'
import { MESSAGE_SETTINGS } from '../../pipeline/message/settings.ts'

const address = z.url({ protocol: /^https?$/ })

export const datadogConfig = z.strictObject({
  api_key: secret(z.string().min(1)).describe('Of the organisation that is told.'),
  site: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .default('datadoghq.com')
    .describe('datadoghq.eu, us3.datadoghq.com, …'),
  metrics_url: address.optional().describe('Instead of https://api.SITE, for a proxy.'),
  events_url: address.optional().describe('Instead of https://event-management-intake.SITE, for a proxy.'),
  tags: z.array(z.string().min(1).max(200)).max(50).default([]).describe('Added to all, such as team:shop.'),
  ...MESSAGE_SETTINGS,
})
export type DatadogSettings = z.output<typeof datadogConfig>
