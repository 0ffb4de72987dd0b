import type pg from 'pg'
import { filterSql, type SearchFilter } from './filter.ts'
import type { Candidate } from './fuse.ts'

/** Candidates of each way that are fused: beyond, a rank adds next to nothing to a score. */
export const CANDIDATES = 100
/** Below this share of common trigrams, likeness is chance. */
const LETTERS_MIN = 0.3
/** pgvector visits this many of an HNSW graph's nodes, and goes on while a filter leaves too few. */
const HNSW_EF_SEARCH = 200

interface CandidateRow {
  readonly fingerprint: string
  readonly measure: number
}

function candidates(rows: readonly CandidateRow[]): Candidate[] {
  return rows.map(row => ({ fingerprint: BigInt(row.fingerprint), measure: row.measure }))
}

/** By words in common with the question: any of them counts, more and rarer places more. Needs no extension. */
export async function byWords(client: pg.ClientBase, text: string, filter: SearchFilter): Promise<Candidate[]> {
  const { sql, values } = filterSql(filter, 2)
  const { rows } = await client.query<CandidateRow>(
    `WITH question AS (
       SELECT string_agg(quote_literal(word), ' | ')::tsquery AS words
       FROM unnest(tsvector_to_array(fingerprint_words($1))) AS word
     )
     SELECT t.fingerprint, ts_rank_cd(t.words, question.words, 1)::float8 + ts_rank(t.words, question.words, 1)::float8 AS measure
     FROM question, fingerprint_texts t JOIN fingerprints f USING (fingerprint)
     WHERE t.words @@ question.words AND ${sql}
     ORDER BY measure DESC, t.fingerprint LIMIT ${CANDIDATES}`,
    [text, ...values],
  )
  return candidates(rows)
}

/** By letters in common, in any part of the text: half words, names, typing errors. Needs pg_trgm. */
export async function byLetters(client: pg.ClientBase, text: string, filter: SearchFilter): Promise<Candidate[]> {
  const { sql, values } = filterSql(filter, 2)
  await client.query(`SET LOCAL pg_trgm.word_similarity_threshold = ${LETTERS_MIN}`)
  const { rows } = await client.query<CandidateRow>(
    `SELECT t.fingerprint, word_similarity($1, t.passage)::float8 AS measure
     FROM fingerprint_texts t JOIN fingerprints f USING (fingerprint)
     WHERE $1 <% t.passage AND ${sql}
     ORDER BY measure DESC, t.fingerprint LIMIT ${CANDIDATES}`,
    [text, ...values],
  )
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
  await client.query(`SET LOCAL hnsw.ef_search = ${HNSW_EF_SEARCH}; SET LOCAL hnsw.iterative_scan = 'strict_order'`)
  // The model as a literal: with a parameter the planner could not tell that the model's own index covers the rows.
  const { rows } = await client.query<CandidateRow>(
    `SELECT e.fingerprint, 1 - (e.embedding::${type} <=> $1::${type}) AS measure
     FROM fingerprint_embeddings e JOIN fingerprints f USING (fingerprint)
     WHERE e.model = ${client.escapeLiteral(model)} AND ${sql}
     ORDER BY e.embedding::${type} <=> $1::${type} LIMIT ${CANDIDATES}`,
    [`[${vector.join(',')}]`, ...values],
  )
  return candidates(rows)
}

/** The fingerprints that a filter admits. */
export async function admitted(client: pg.ClientBase, filter: SearchFilter): Promise<Set<bigint>> {
  const { sql, values } = filterSql(filter, 1)
  const { rows } = await client.query<{ fingerprint: string }>(
    `SELECT f.fingerprint FROM fingerprints f WHERE ${sql}`,
    values,
  )
  return new Set(rows.map(row => BigInt(row.fingerprint)))
}
