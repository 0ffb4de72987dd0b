import { z } from 'zod'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'

export interface HomeAnswer {
  readonly incidents: readonly { readonly id: string; readonly title: string }[]
}

export const home = endpoint({
  name: 'home',
  query: z.strictObject(rangeQuery),
  async answer(reading, query): Promise<HomeAnswer> {
    const { visible } = scopeOf(reading, query)
    const incidents = await reading.read(
      `SELECT id, title FROM incidents WHERE state <> 'resolved' AND is_among(service, $1) ORDER BY opened_at DESC`,
      [visible],
    )
    return { incidents: incidents.map(row => ({ id: String(row.id), title: String(row.title) })) }
  },
})
