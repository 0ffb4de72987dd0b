import { z } from 'zod'

/** `service.kpis` in the configuration. */
export const kpiSettings = z.strictObject({
  apdex_ms: z
    .number()
    .positive()
    .max(3_600_000)
    .default(500)
    .describe(
      'Requests that take no longer are satisfied, those up to four times that tolerating: apdex of the hours and days that are rolled up from then on. The function `apdex` answers for any other time.',
    ),
})
export type KpiSettings = z.output<typeof kpiSettings>
