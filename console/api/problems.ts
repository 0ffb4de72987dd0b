import { z } from 'zod'
import { readProblems } from '../../store/problems.ts'
import { listOf, textOrNone } from '../../store/reading.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'

export interface ProblemSummary {
  readonly fingerprint: string
  readonly template: string
  readonly sample: string
  readonly kind: string
  readonly status: 'open' | 'resolved' | 'regressed'
  readonly services: readonly string[]
  readonly trend: 'new' | 'burst' | 'steady'
  readonly is_over: boolean
  readonly failures: number
  readonly onset: string
  readonly last_at: string
  readonly first_seen: string | undefined
  /** Problems that its failures follow from. */
  readonly symptom_of: readonly string[]
  /** Failures in equal parts of the range. */
  readonly parts: readonly number[]
}

export interface ProblemsAnswer {
  readonly problems: readonly ProblemSummary[]
}

const PARTS = 120

export const problems = endpoint({
  name: 'problems',
  query: z.strictObject({
    ...rangeQuery,
    service: z.string().max(255).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(20),
  }),
  async answer(reading, query): Promise<ProblemsAnswer> {
    const scope = scopeOf(reading, query)
    const services =
      query.service === undefined
        ? scope.visible
        : [query.service].filter(name => scope.visible?.includes(name) ?? true)
    const ranked = (await readProblems(reading.read, scope, { services, count: query.limit })).slice(0, query.limit)
    // By the key of the table: the view has ids as they are printed, each of which would be made first.
    const known = await reading.read(
      `SELECT fingerprint_hex(f.fingerprint) AS fingerprint, f.template, left(f.sample, 600) AS sample, f.kind, f.status, f.first_seen,
         ARRAY(SELECT DISTINCT s.service FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint ORDER BY 1) AS services
       FROM fingerprints f WHERE f.fingerprint = ANY (ARRAY(SELECT fingerprint_of(id) FROM unnest($1::text[]) id))`,
      [ranked.map(({ fingerprint }) => fingerprint)],
    )
    const byId = new Map(known.map(row => [String(row.fingerprint), row]))
    return {
      problems: ranked.map(one => {
        const row = byId.get(one.fingerprint)
        const parts = new Array<number>(PARTS).fill(0)
        for (const { index, count } of one.parts) if (index < PARTS) parts[index] = count
        return {
          fingerprint: one.fingerprint,
          template: textOrNone(row?.template) ?? one.fingerprint,
          sample: textOrNone(row?.sample) ?? '',
          kind: textOrNone(row?.kind) ?? 'error',
          status: (textOrNone(row?.status) ?? 'open') as ProblemSummary['status'], // the column's three words
          services: listOf(row?.services).map(String),
          trend: one.trend,
          is_over: one.isOver,
          failures: one.failures,
          onset: new Date(one.onset).toISOString(),
          last_at: new Date(one.lastAt).toISOString(),
          first_seen: textOrNone(row?.first_seen),
          symptom_of: one.symptomOf,
          parts,
        }
      }),
    }
  },
})
