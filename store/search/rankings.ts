import type pg from 'pg'
import { hasVector } from '../fingerprints/embeddings.ts'
import { CANDIDATES, type CandidateRow, candidatesOf } from './candidates.ts'
import { filterSql, type SearchFilter } from './filter.ts'
import { type Background, backgroundOf, type Candidate } from './fuse.ts'

/** Below this share of the question's trigrams, likeness is chance. */
const LETTERS_MIN = 0.5
/** pgvector visits this many of an HNSW graph's nodes, and goes on while a filter leaves too few. */
const HNSW_EF_SEARCH = 200

/**
 * By words in common with the question: the measure is the share of its words that the text has, each weighing the more
 * the rarer it is in the store, and one that is nowhere the most. Of equal shares the shorter text comes first. Needs no
 * extension.
 */
export async function byWords(client: pg.ClientBase, text: string, filter: SearchFilter): Promise<Candidate[]> {
  const { sql, values } = filterSql(filter, 2)
  const { rows } = await client.query<CandidateRow>(
    `WITH question AS MATERIALIZED (
       SELECT word, quote_literal(word)::tsquery AS query FROM unnest(tsvector_to_array(fingerprint_words($1))) AS word
     ), counted AS MATERIALIZED (
       SELECT word, query, (SELECT count(*) FROM fingerprint_texts t WHERE t.words @@ query) AS texts FROM question
     ), weighed AS MATERIALIZED (
       SELECT word, query, texts, ln(1 + (SELECT count(*) FROM fingerprint_texts) / greatest(texts, 0.5)::float8) AS weight
       FROM counted
     ), told AS (
       SELECT word, query, weight FROM weighed
       WHERE texts <= greatest(${COMMON_WORD_TEXTS}, (SELECT min(texts) FROM counted WHERE texts > 0))
     ), scored AS (
       SELECT t.fingerprint, sum(weight) AS weight, max(length(t.words)) AS words
       FROM told JOIN fingerprint_texts t ON t.words @@ query GROUP BY t.fingerprint
     )
     SELECT fingerprint, f.group_id,
       weight / (SELECT sum(weight) FROM weighed) / (1 + ln(1 + words) / ${SHORTNESS}) AS measure
     FROM scored JOIN fingerprints f USING (fingerprint)
     WHERE ${sql} ORDER BY measure DESC, fingerprint LIMIT ${CANDIDATES}`,
    [text, ...values],
  )
  return candidatesOf(rows)
}

/** So little that it decides between equal shares only. */
const SHORTNESS = 200
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
  return candidatesOf(rows)
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
  return candidatesOf(rows)
}

/** The cosines of these fingerprints, where the model has embedded them: found in another way, they have one too. */
export async function cosinesOf(
  client: pg.ClientBase,
  model: string,
  vector: Float32Array,
  among: readonly Candidate[],
): Promise<Candidate[]> {
  const type = `vector(${vector.length})`
  const { rows } = await client.query<CandidateRow>(
    `SELECT e.fingerprint, c.group_id, 1 - (e.embedding::${type} <=> $2::${type}) AS measure
     FROM unnest($3::bigint[], $4::bigint[]) AS c (fingerprint, group_id) JOIN fingerprint_embeddings e USING (fingerprint)
     WHERE e.model = $1`,
    [
      model,
      `[${vector.join(',')}]`,
      among.map(({ fingerprint }) => String(fingerprint)),
      among.map(({ group }) => String(group)),
    ],
  )
  return candidatesOf(rows)
}

/** As many as tell a mean and a deviation well; more would cost what the index saves. */
const BACKGROUND_VECTORS = 500

/** From the newest vectors of the model. */
export async function backgroundIn(client: pg.ClientBase, model: string, vector: Float32Array): Promise<Background> {
  const type = `vector(${vector.length})`
  const { rows } = await client.query<{ count: number; sum: number; squares: number }>(
    `SELECT count(*)::int AS count, coalesce(sum(c), 0) AS sum, coalesce(sum(c * c), 0) AS squares FROM (
       SELECT 1 - (embedding::${type} <=> $2::${type}) AS c FROM fingerprint_embeddings
       WHERE model = $1 ORDER BY seq DESC LIMIT ${BACKGROUND_VECTORS}) newest`,
    [model, `[${vector.join(',')}]`],
  )
  const { count, sum, squares } = rows[0]!
  return backgroundOf(count, sum, squares)
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
