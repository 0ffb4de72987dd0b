import type pg from 'pg'
import type { Database } from '../../pipeline/component.ts'
import { errorText, SensoriumError } from '../../pipeline/errors.ts'
import { hexOf } from '../../pipeline/model/index.ts'
import { connect, inTransaction } from '../connect.ts'
import { withinDeadline } from '../deadline.ts'
import { hasVector } from '../fingerprints/embeddings.ts'
import { type Connections, freshConnections } from '../warm-connections.ts'
import { CANDIDATES } from './candidates.ts'
import { certaintyOf, doubtOf, isRelevant } from './certainty.ts'
import { filterSql, isOpen, type SearchFilter } from './filter.ts'
import { type Background, type Candidate, type Fused, fuse, type Ranking } from './fuse.ts'
import { type Found, readHits, type SearchHit } from './hits.ts'
import { byNames } from './names.ts'
import { backgroundIn, byLetters, byMeaning, byWords, cosinesOf, groupsOf } from './rankings.ts'
import { type Neighbour, VectorMemory } from './vector-memory.ts'

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
  /** All that the asker may know of: nothing that was seen elsewhere is found or told. */
  readonly visible?: readonly string[] | undefined
}

export interface SimilarQuery extends Omit<SearchQuery, 'text'> {
  readonly fingerprint: bigint
}

export interface SearchAnswer {
  /** The best first, one for each group. */
  readonly hits: readonly SearchHit[]
  /** What could not be looked at and why, and whether nothing is clearly about the question, in sentences; mostly empty. */
  readonly notes: readonly string[]
}

/** Finds problems by what they mean and what they say. One for a process: it may hold vectors (see VectorMemory). */
export interface Searcher {
  /** @throws SensoriumError USAGE for a question without a word; DATABASE_UNREACHABLE */
  search(query: SearchQuery): Promise<SearchAnswer>
  /** Other groups' problems that are like this one. @throws SensoriumError USAGE when there is no such fingerprint */
  similar(query: SimilarQuery): Promise<SearchAnswer>
  /** Reads ahead what the first search would wait for, until it is told to stop. Never rejects: a search reads it, too. */
  prepare(signal: AbortSignal): Promise<void>
}

/** A longer question is a paste: its beginning says what it is about, and comparing letters costs by length. */
const MAX_QUESTION_CHARS = 1_000

/** Several statements, each with a deadline of its own in the server. */
const SEARCH_DEADLINE_MS = 30_000

/**
 * @param meaning without it, problems are found by words and letters alone
 * @param connections of the reader; without them each search opens one
 */
export function createSearcher(
  database: Database,
  meaning?: Meaning,
  connections: Connections = freshConnections(() => connect(database.connection('reader'))),
): Searcher {
  const memory = meaning === undefined ? undefined : memoryOf(database, meaning)
  const nearest = { meaning, memory }
  const reading = async <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> => {
    const client = await connections.take()
    try {
      const searched = inTransaction(client, () => work(client))
      return await withinDeadline(client, searched, SEARCH_DEADLINE_MS)
    } finally {
      await connections.give(client)
    }
  }

  return {
    async search({ text: asked, limit, visible, ...given }) {
      const filter = within(given, visible)
      const text = asked.slice(0, MAX_QUESTION_CHARS).toWellFormed().replaceAll('\0', ' ')
      if (!/[\p{L}\p{N}]/u.test(text)) {
        throw new SensoriumError('USAGE', 'the question has no word; say what happened, such as "payment timed out"')
      }
      const notes: string[] = []
      const vector = await vectorOf(text, meaning, notes)
      return reading(async client => {
        const found = await look(client, { text, vector, filter, hasTypos: true, ...nearest }, notes)
        return answer(await readHits(client, found.slice(0, limit), visible), notes)
      })
    },
    async similar({ fingerprint, limit, visible, ...given }) {
      const filter = within(given, visible)
      const notes: string[] = []
      return reading(async client => {
        const text = await passageOf(client, fingerprint)
        const vector = await storedVector(client, fingerprint, meaning, notes)
        const found = await look(client, { text, vector, filter, hasTypos: false, ...nearest }, notes)
        const own = (await groupsOf(client, {}, [fingerprint])).get(fingerprint)
        const others = found.filter(({ group }) => group !== own)
        return answer(await readHits(client, others.slice(0, limit), visible), notes)
      })
    },
    async prepare(signal) {
      if (memory === undefined) return
      await reading(async client => {
        if (!(await hasVector(client))) await memory.read(client, signal)
      }).catch(() => {})
    },
  }
}

/** What has been read serves all of a process who search one database. */
const memories = new WeakMap<Database, Map<string, VectorMemory>>()

function memoryOf(database: Database, { model, dimensions }: Meaning): VectorMemory {
  const known = memories.get(database) ?? new Map<string, VectorMemory>()
  memories.set(database, known)
  const key = `${model} ${dimensions}`
  const memory = known.get(key) ?? new VectorMemory(model, dimensions)
  known.set(key, memory)
  return memory
}

function answer(hits: SearchHit[], notes: readonly string[]): SearchAnswer {
  const doubt = doubtOf(hits[0]?.certainty)
  return { hits, notes: doubt === undefined ? notes : [...notes, doubt] }
}

function within(filter: SearchFilter, visible: readonly string[] | undefined): SearchFilter {
  if (visible === undefined) return filter
  const services = filter.services?.filter(service => visible.includes(service)) ?? visible
  return { ...filter, services }
}

interface Question {
  readonly text: string
  readonly vector: Float32Array | undefined
  readonly filter: SearchFilter
  /** People type half words and wrong letters; a stored problem has none, and its text is long to compare. */
  readonly hasTypos: boolean
  readonly meaning: Meaning | undefined
  readonly memory: VectorMemory | undefined
}

/** What each way finds, one after the other: they share a connection. */
async function look(client: pg.ClientBase, question: Question, notes: string[]): Promise<Found[]> {
  const { text, vector, filter, hasTypos, meaning, memory } = question
  const found: Ranking[] = [{ way: 'words', candidates: await byWords(client, text, filter) }]
  if (hasTypos) {
    found.push({ way: 'names', candidates: await byNames(client, text, filter) })
    if (await hasTrigrams(client)) found.push({ way: 'letters', candidates: await byLetters(client, text, filter) })
    else notes.push('parts of words were not looked for: the database has no pg_trgm')
  }
  if (vector === undefined || meaning === undefined || memory === undefined) return relevant(fuse(found))
  const others = new Map(found.flatMap(({ candidates }) => candidates.map(one => [one.fingerprint, one])))
  const near = (await hasVector(client))
    ? await inDatabase(client, meaning.model, vector, filter, [...others.values()])
    : await inMemory(client, memory, vector, filter, others)
  if (near.candidates.length === 0 && (await hasAny(client, filter))) {
    notes.push(`nothing that was asked for is embedded by ${meaning.model} yet`)
  }
  return relevant(fuse([{ way: 'meaning', candidates: near.candidates }, ...found], near.background), near.background)
}

function relevant(found: readonly Fused[], background?: Background): Found[] {
  return found.filter(isRelevant).map(one => ({ ...one, certainty: certaintyOf(one.score, background) }))
}

/** The filter admits a problem. */
async function hasAny(client: pg.ClientBase, filter: SearchFilter): Promise<boolean> {
  const { sql, values } = filterSql(filter, 1)
  const { rowCount } = await client.query(`SELECT FROM fingerprints f WHERE ${sql} LIMIT 1`, values)
  return rowCount === 1
}

interface Near {
  /** The nearest, and what other ways have found: each problem that is fused has a cosine. */
  readonly candidates: readonly Candidate[]
  readonly background: Background
}

async function inDatabase(
  client: pg.ClientBase,
  model: string,
  vector: Float32Array,
  filter: SearchFilter,
  others: readonly Candidate[],
): Promise<Near> {
  const nearest = await byMeaning(client, model, vector, filter)
  const known = new Set(nearest.map(({ fingerprint }) => fingerprint))
  const missing = others.filter(({ fingerprint }) => !known.has(fingerprint))
  const more = missing.length === 0 ? [] : await cosinesOf(client, model, vector, missing)
  const candidates = [...nearest, ...more].sort((a, b) => b.measure - a.measure)
  return { candidates, background: await backgroundIn(client, model, vector) }
}

async function inMemory(
  client: pg.ClientBase,
  memory: VectorMemory,
  vector: Float32Array,
  filter: SearchFilter,
  others: ReadonlyMap<bigint, Candidate>,
): Promise<Near> {
  const looked = isOpen(filter) ? CANDIDATES : CANDIDATES * LOOKED_AT
  const near = await memory.nearest(client, vector, looked, { also: others })
  const groups = await groupsOf(
    client,
    filter,
    near.nearest.map(({ fingerprint }) => fingerprint),
  )
  const admitted = near.nearest.filter(({ fingerprint }) => groups.has(fingerprint) && !others.has(fingerprint))
  // The filter left too few of the nearest, and there are more: then it says of all which it admits.
  if (admitted.length < CANDIDATES && memory.size > near.nearest.length) {
    const all = await groupsOf(client, filter)
    const { nearest } = await memory.nearest(client, vector, CANDIDATES, { among: all, also: others })
    return { candidates: grouped(nearest, all), background: near.background }
  }
  const kept = new Set(admitted.slice(0, CANDIDATES).map(({ fingerprint }) => fingerprint))
  const nearest = near.nearest.filter(({ fingerprint }) => kept.has(fingerprint) || others.has(fingerprint))
  return { candidates: grouped(nearest, groups), background: near.background }
}

/** So many times as many as are wanted are looked at before a filter is asked about all. */
const LOOKED_AT = 4

function grouped(nearest: readonly Neighbour[], groups: ReadonlyMap<bigint, bigint>): Candidate[] {
  return nearest.flatMap(one => {
    const group = groups.get(one.fingerprint)
    return group === undefined ? [] : [{ ...one, group }]
  })
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
    throw new SensoriumError('USAGE', `no fingerprint ${hexOf(fingerprint)} is stored; search for words of it instead`)
  }
  return passage
}

async function hasTrigrams(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM pg_extension WHERE extname = 'pg_trgm'`)
  return rowCount === 1
}
