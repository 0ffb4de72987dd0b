import type pg from 'pg'
import { hasVector } from '../fingerprints/embeddings.ts'
import { filterSql, type SearchFilter } from './filter.ts'
import type { Candidate } from './fuse.ts'

/** Candidates of each way that are fused: hundreds may be of one group, and the hundredth group adds next to nothing. */
export const CANDIDATES = 500
/** Below this share of the question's trigrams, likeness is chance. */
const LETTERS_MIN = 0.5
/** pgvector visits this many of an HNSW graph's nodes, and goes on while a filter leaves too few. */
const HNSW_EF_SEARCH = 200

interface CandidateRow {
  readonly fingerprint: string
  readonly group_id: string
  readonly measure: number
}

function candidates(rows: readonly CandidateRow[]): Candidate[] {
  return rows.map(row => ({
    fingerprint: BigInt(row.fingerprint),
    group: BigInt(row.group_id),
    measure: row.measure,
  }))
}

/**
 * By words in common with the question: a word counts by its rarity, and more in a short text. BM25 but for how often a
 * word is repeated, which says nothing in texts of one line. Needs no extension.
 */
export async function byWords(client: pg.ClientBase, text: string, filter: SearchFilter): Promise<Candidate[]> {
  const { sql, values } = filterSql(filter, 2)
  const { rows } = await client.query<CandidateRow>(
    `WITH question AS MATERIALIZED (
       SELECT word, quote_literal(word)::tsquery AS query FROM unnest(tsvector_to_array(fingerprint_words($1))) AS word
     ), counted AS MATERIALIZED (
       SELECT word, query, (SELECT count(*) FROM fingerprint_texts t WHERE t.words @@ query) AS texts FROM question
     ), told AS (
       SELECT word, query FROM counted
       WHERE texts <= greatest(${COMMON_WORD_TEXTS}, (SELECT min(texts) FROM counted WHERE texts > 0))
     ), matches AS MATERIALIZED (
       SELECT word, t.fingerprint, length(t.words) AS words FROM told JOIN fingerprint_texts t ON t.words @@ query
     ), rarity AS (
       SELECT word, ln(1 + (SELECT count(*) FROM fingerprint_texts) / count(*)::float8) AS idf FROM matches GROUP BY word
     ), scored AS (
       SELECT fingerprint, sum(idf) / (1 + ln(1 + max(words))) AS measure
       FROM matches JOIN rarity USING (word) GROUP BY fingerprint
     )
     SELECT fingerprint, f.group_id, measure FROM scored JOIN fingerprints f USING (fingerprint)
     WHERE ${sql} ORDER BY measure DESC, fingerprint LIMIT ${CANDIDATES}`,
    [text, ...values],
  )
  return candidates(rows)
}

/** A word in more texts than this tells little and costs much: it counts only where the question has no rarer one. */
const COMMON_WORD_TEXTS = 5_000

/** By letters in common with a part of the text: half words, names, typing errors. Needs pg_trgm. */
export async function byLetters(client: pg.ClientBase, text: string, filter: SearchFilter): Promise<Candidate[]> {
  const { sql, values } = filterSql(filter, 2)
  // The planner takes every fourth row for a match, and would read them all.
  await client.query(`SET LOCAL pg_trgm.word_similarity_threshold = ${LETTERS_MIN}; SET LOCAL enable_seqscan = off`)
  const { rows } = await client.query<CandidateRow>(
    `WITH matches AS MATERIALIZED (
       SELECT fingerprint, word_similarity($1, passage)::float8 AS measure FROM fingerprint_texts WHERE $1 <% passage
     )
     SELECT fingerprint, f.group_id, measure FROM matches JOIN fingerprints f USING (fingerprint)
     WHERE ${sql} ORDER BY measure DESC, fingerprint LIMIT ${CANDIDATES}`,
    [text, ...values],
  )
  await client.query('SET LOCAL enable_seqscan = on')
  return candidates(rows)
}

/** By the cosine of vectors of one model, through pgvector: the HNSW index of the model where it has one. */
export async function byMeaning(
  client: pg.ClientBase,
  model: string,
  vector: Float32Array,
  filter: SearchFilter,
): Promise<Candidate[]> {
  const { sql, values } = filterSql(filter, 2)
  const type = `vector(${vector.length})`
  await client.query(`SET LOCAL hnsw.ef_search = ${HNSW_EF_SEARCH}`)
  // Older ones do not know the setting: there, a filter may leave fewer than were asked for.
  if (await hasVector(client, '0.8')) await client.query(`SET LOCAL hnsw.iterative_scan = 'strict_order'`)
  // The model as a literal: with a parameter the planner could not tell that the model's own index covers the rows.
  const { rows } = await client.query<CandidateRow>(
    `SELECT e.fingerprint, f.group_id, 1 - (e.embedding::${type} <=> $1::${type}) AS measure
     FROM fingerprint_embeddings e JOIN fingerprints f USING (fingerprint)
     WHERE e.model = ${client.escapeLiteral(model)} AND ${sql}
     ORDER BY e.embedding::${type} <=> $1::${type} LIMIT ${CANDIDATES}`,
    [`[${vector.join(',')}]`, ...values],
  )
  return candidates(rows)
}

/** The group of every fingerprint that a filter admits. */
export async function groupsOf(
  client: pg.ClientBase,
  filter: SearchFilter,
  fingerprints?: readonly bigint[],
): Promise<Map<bigint, bigint>> {
  const { sql, values } = filterSql(filter, 2)
  const { rows } = await client.query<{ fingerprint: string; group_id: string }>(
    `SELECT f.fingerprint, f.group_id FROM fingerprints f
     WHERE ($1::bigint[] IS NULL OR f.fingerprint = ANY ($1)) AND ${sql}`,
    [fingerprints?.map(String) ?? null, ...values],
  )
  return new Map(rows.map(row => [BigInt(row.fingerprint), BigInt(row.group_id)]))
}
