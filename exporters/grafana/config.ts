import { z } from 'zod'
import { secret } from '../../pipeline/config/secret.ts'
import { MESSAGE_SETTINGS } from '../../pipeline/message/settings.ts'

const labelTag = z.string().min(1).max(100)

export const grafanaConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Of Grafana, such as https://grafana.example.'),
  api_key: secret(z.string().min(1)).describe(
    'Token of a service account that may write annotations, and dashboards if it is to make some.',
  ),
  dashboard_uid: z
    .string()
    .optional()
    .describe('Show them on this dashboard alone; else on all that ask for the tag sensorium.'),
  tags: z.array(labelTag).max(20).default([]).describe('Beside sensorium and what the findings have in common.'),
  ...MESSAGE_SETTINGS,
})
export type GrafanaSettings = z.output<typeof grafanaConfig>
