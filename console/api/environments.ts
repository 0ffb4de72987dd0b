import { z } from 'zod'
import { endpoint } from '../server/endpoint.ts'

export interface EnvironmentsAnswer {
  readonly environments: readonly string[]
}

export const environments = endpoint({
  name: 'environments',
  query: z.strictObject({}),
  async answer({ access, read }): Promise<EnvironmentsAnswer> {
    const rows = await read(
      'SELECT DISTINCT environment FROM fingerprint_services WHERE is_among(service, $1) ORDER BY 1 LIMIT 50',
      [access.services ?? null],
    )
    return { environments: rows.map(row => String(row.environment)) }
  },
})
