import { z } from 'zod'

/** What every exporter that tells people takes. */
export const MESSAGE_SETTINGS = {
  link_base_url: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:4320')
    .describe('Where people reach Sensorium: links of messages begin with it.'),
  send_resolved: z.boolean().default(true).describe('Also tell when something is over.'),
  timeout_ms: z.int().min(100).max(120_000).default(15_000).describe('For one request.'),
}
