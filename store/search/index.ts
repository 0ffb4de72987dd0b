import type pg from 'pg'
import type { Database } from '../../pipeline/component.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import { inTransaction, withClient } from '../connect.ts'
import { hasVector } from '../fingerprints/embeddings.ts'
import { isOpen, type SearchFilter } from './filter.ts'
import { type Candidate, type Fused, fuse, type Ranking } from './fuse.ts'
import { groupsOf, readHits, type SearchHit } from './hits.ts'
import { admitted, byLetters, byMeaning, byWords, CANDIDATES } from './rankings.ts'
import { VectorMemory } from './vector-memory.ts'

export type { SearchFilter } from './filter.ts'
export type { SearchHit } from './hits.ts'

/** What turns a question into a vector of the space that the stored embeddings are in. */
export interface Meaning {
  /** As stored in `fingerprint_embeddings.model`. */
  readonly model: string
  readonly dimensions: number
  /** One vector of length one. */
  embed(text: string): Promise<Float32Array>
}

export interface SearchQuery extends SearchFilter {
  /** What happened, in words. */
  readonly text: string
  /** Most hits to return. */
  readonly limit: number
}

export interface SimilarQuery extends SearchFilter {
  readonly fingerprint: bigint
  readonly limit: number
}

export interface SearchAnswer {
  /** The best first, one for each group. */
  readonly hits: readonly SearchHit[]
  /** What could not be looked at and why, in sentences; empty when all was. */
  readonly notes: readonly string[]
}

/** Finds problems by what they mean and what they say. One for a process: it may hold vectors (see VectorMemory). */
export interface Searcher {
  /** @throws SensoriumError USAGE for a question without a word; DATABASE_UNREACHABLE */
  search(query: SearchQuery): Promise<SearchAnswer>
  /** Other groups' problems that are like this one. @throws SensoriumError USAGE when there is no such fingerprint */
  similar(query: SimilarQuery): Promise<SearchAnswer>
}

/** @param meaning without it, problems are found by words and letters alone */
export function createSearcher(database: Database, meaning?: Meaning): Searcher {
  const memory = meaning === undefined ? undefined : new VectorMemory(meaning.model, meaning.dimensions)
  const nearest = { meaning, memory }
  const reading = <T>(work: (client: pg.ClientBase) => Promise<T>) =>
    withClient(database, 'reader', client => inTransaction(client, () => work(client)))

  return {
    async search({ text, limit, ...filter }) {
      if (!/[\p{L}\p{N}]/u.test(text)) {
        throw new SensoriumError('USAGE', 'the question has no word; say what happened, such as "payment timed out"')
      }
      const notes: string[] = []
      const vector = await vectorOf(text, meaning, notes)
      return reading(async client => {
        const found = fuse(await rankings(client, { text, vector, filter, ...nearest }, notes))
        return { hits: await readHits(client, await bestOfGroups(client, found, limit)), notes }
      })
    },
    async similar({ fingerprint, limit, ...filter }) {
      const notes: string[] = []
      return reading(async client => {
        const text = await passageOf(client, fingerprint)
        const vector = await storedVector(client, fingerprint, meaning, notes)
        const found = fuse(await rankings(client, { text, vector, filter, ...nearest }, notes))
        const own = (await groupsOf(client, [fingerprint])).get(fingerprint)
        return { hits: await readHits(client, await bestOfGroups(client, found, limit, own)), notes }
      })
    },
  }
}

interface Question {
  readonly text: string
  readonly vector: Float32Array | undefined
  readonly filter: SearchFilter
  readonly meaning: Meaning | undefined
  readonly memory: VectorMemory | undefined
}

async function rankings(client: pg.ClientBase, question: Question, notes: string[]): Promise<Ranking[]> {
  const { text, vector, filter, meaning, memory } = question
  const found: Ranking[] = []
  if (vector !== undefined && meaning !== undefined && memory !== undefined) {
    const candidates: readonly Candidate[] = (await hasVector(client))
      ? await byMeaning(client, meaning.model, vector, filter)
      : await memory.nearest(client, vector, CANDIDATES, isOpen(filter) ? undefined : await admitted(client, filter))
    if (candidates.length === 0) notes.push(`nothing that was asked for is embedded by ${meaning.model} yet`)
    found.push({ way: 'meaning', candidates: candidates.filter(({ measure }) => measure > 0) })
  }
  found.push({ way: 'words', candidates: await byWords(client, text, filter) })
  if (await hasTrigrams(client)) found.push({ way: 'letters', candidates: await byLetters(client, text, filter) })
  else notes.push('parts of words were not looked for: the database has no pg_trgm')
  return found
}

/** A service that is away must not keep anyone from finding things by their words. */
async function vectorOf(
  text: string,
  meaning: Meaning | undefined,
  notes: string[],
): Promise<Float32Array | undefined> {
  if (meaning === undefined) {
    notes.push('the meaning was not looked at: the configuration has no processor "embed"')
    return undefined
  }
  try {
    return await meaning.embed(text)
  } catch (error) {
    notes.push(`the meaning was not looked at: ${errorText(error)}`)
    return undefined
  }
}

async function storedVector(
  client: pg.ClientBase,
  fingerprint: bigint,
  meaning: Meaning | undefined,
  notes: string[],
): Promise<Float32Array | undefined> {
  if (meaning === undefined) return vectorOf('', meaning, notes)
  const { rows } = await client.query<{ embedding: number[] }>(
    'SELECT embedding FROM fingerprint_embeddings WHERE model = $1 AND fingerprint = $2',
    [meaning.model, String(fingerprint)],
  )
  const embedding = rows[0]?.embedding
  if (embedding === undefined) notes.push(`the meaning was not looked at: ${meaning.model} has not embedded it yet`)
  return embedding === undefined ? undefined : Float32Array.from(embedding)
}

async function passageOf(client: pg.ClientBase, fingerprint: bigint): Promise<string> {
  const { rows } = await client.query<{ passage: string }>(
    'SELECT passage FROM fingerprint_texts WHERE fingerprint = $1',
    [String(fingerprint)],
  )
  const passage = rows[0]?.passage
  if (passage === undefined) {
    const hex = BigInt.asUintN(64, fingerprint).toString(16).padStart(16, '0')
    throw new SensoriumError('USAGE', `no fingerprint ${hex} is stored; search for words of it instead`)
  }
  return passage
}

async function hasTrigrams(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM pg_extension WHERE extname = 'pg_trgm'`)
  return rowCount === 1
}

/** The first of each group stands for it. */
async function bestOfGroups(
  client: pg.ClientBase,
  found: readonly Fused[],
  limit: number,
  except?: bigint,
): Promise<Fused[]> {
  const groups = await groupsOf(
    client,
    found.map(({ fingerprint }) => fingerprint),
  )
  const seen = new Set<bigint | undefined>(except === undefined ? [] : [except])
  const best: Fused[] = []
  for (const one of found) {
    const group = groups.get(one.fingerprint)
    if (group === undefined || seen.has(group)) continue
    seen.add(group)
    best.push(one)
    if (best.length === limit) break
  }
  return best
}
