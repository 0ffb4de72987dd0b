import type pg from 'pg'
import { meaningOf } from '../../embeddings/meaning.ts'
import type { EmbeddingProvider } from '../../embeddings/provider.ts'
import { embedMissing } from '../../processors/embed/sweep.ts'
import type { Store } from '../../store/open.ts'
import type { Certainty } from '../../store/search/certainty.ts'
import type { Way } from '../../store/search/fuse.ts'
import { createSearcher } from '../../store/search/index.ts'
import { type Case, HALVES } from './cases.ts'
import { type Recall, recallOf } from './recall.ts'

const DEPTH = 100
const signal = new AbortController().signal

/** Recall of one way of looking, on one half of the questions. */
export interface Figure extends Recall {
  readonly provider: string
  readonly way: Way | 'fused'
  readonly half: string
}

/** How often a first hit of this certainty was right, and how often one would be shown if the answer were not stored. */
export interface Trust {
  readonly provider: string
  readonly half: string
  readonly certainty: Certainty | 'nothing'
  readonly right: number
  readonly shown: number
  readonly withoutAnswer: number
}

export interface Quality {
  readonly figures: readonly Figure[]
  readonly trust: readonly Trust[]
  /** Questions whose answer was not among the first five of the fused, of the half that may be looked at. */
  readonly missed: readonly string[]
}

/** Asks every case in each provider's space; `answers` is the group that answers each case. */
export async function quality(
  store: Store,
  client: pg.Client,
  cases: readonly Case[],
  providers: ReadonlyMap<string, EmbeddingProvider>,
): Promise<Quality> {
  const answers = await answerGroups(client, cases)
  const figures: Figure[] = []
  const trust: Trust[] = []
  const missed: string[] = []
  for (const [name, provider] of providers) {
    await embedMissing(client, provider, { signal })
    const { search } = createSearcher(store, meaningOf(provider, signal))
    const asked = []
    for (const [at, one] of cases.entries()) {
      const { hits } = await search({ text: one.ask, limit: DEPTH })
      const fused = 1 + hits.findIndex(hit => hit.group_id === answers[at])
      const matched = hits[fused - 1]?.matched
      const first = hits[0]?.certainty ?? 'nothing'
      const without = hits.find(hit => hit.group_id !== answers[at])?.certainty ?? 'nothing'
      asked.push({ one, fused, matched, first, without })
      if (one.half === 'tuned' && (fused === 0 || fused > 5)) missed.push(`${name}: ${one.ask}`)
    }
    for (const half of HALVES) {
      const own = asked.filter(({ one }) => one.half === half)
      for (const certainty of ['high', 'medium', 'low', 'nothing'] as const) {
        const told = own.filter(({ first }) => first === certainty)
        const right = told.filter(({ fused }) => fused === 1).length
        const withoutAnswer = own.filter(({ without }) => without === certainty).length
        trust.push({ provider: name, half, certainty, right, shown: told.length, withoutAnswer })
      }
      figures.push({ provider: name, way: 'fused', half, ...recallOf(own.map(({ fused }) => fused)) })
      for (const way of ['meaning', 'words', 'letters', 'names'] as const) {
        figures.push({ provider: name, way, half, ...recallOf(own.map(({ matched }) => matched?.[way]?.rank ?? 0)) })
      }
    }
  }
  return { figures, trust, missed }
}

async function answerGroups(client: pg.Client, cases: readonly Case[]): Promise<string[]> {
  const { rows } = await client.query<{ at: number; group_id: string }>(
    `SELECT (l.context ->> 'bench.case')::int AS at, lpad(to_hex(f.group_id), 16, '0') AS group_id
     FROM application_logs l JOIN fingerprints f USING (fingerprint) WHERE l.context ? 'bench.case'`,
  )
  const groups = new Map(rows.map(({ at, group_id }) => [at, group_id]))
  return cases.map((one, at) => {
    const group = groups.get(at)
    if (group === undefined) throw new Error(`the record of "${one.ask}" was not stored`)
    return group
  })
}

/** Names of code that stand in one problem only: typed alone, each has to bring it first. */
export async function namesFound(
  store: Store,
  client: pg.Client,
  provider: EmbeddingProvider,
): Promise<Recall & { readonly names: number; readonly missed: readonly string[] }> {
  const { rows } = await client.query<{ name: string; group_id: string }>(
    `WITH found AS (
       SELECT DISTINCT m[1] AS name, f.group_id FROM fingerprint_texts t JOIN fingerprints f USING (fingerprint),
         regexp_matches(t.passage, '\\m([A-Za-z]+[a-z][A-Z][A-Za-z]+|[A-Z][A-Z0-9_]{3,}|[a-z]+_[a-z_]+)\\M', 'g') AS m
     )
     SELECT name, lpad(to_hex(min(group_id)), 16, '0') AS group_id FROM found GROUP BY name HAVING count(*) = 1 ORDER BY name`,
  )
  const { search } = createSearcher(store, meaningOf(provider, signal))
  const ranks = []
  const missed = []
  for (const { name, group_id } of rows) {
    const { hits } = await search({ text: name, limit: DEPTH })
    const rank = 1 + hits.findIndex(hit => hit.group_id === group_id)
    ranks.push(rank)
    if (rank !== 1) missed.push(`${rank}: ${name}`)
  }
  return { ...recallOf(ranks), names: rows.length, missed }
}
