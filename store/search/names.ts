import type pg from 'pg'
import { CANDIDATES, type CandidateRow, candidatesOf } from './candidates.ts'
import { filterSql, type SearchFilter } from './filter.ts'
import type { Candidate } from './fuse.ts'

/** Most names of one question; a paste may hold hundreds. */
const MAX_NAMES = 8
const MIN_CHARS = 3
const MAX_CHARS = 200

/** What is no word of prose: a hump, a sign inside, a digit with more of them or with letters, capitals throughout. */
const NAME =
  /[a-z][A-Z]|[\p{L}\p{N}][_.:/@#$]+[\p{L}\p{N}]|\p{N}-|-\p{N}|\p{L}\p{N}|\p{N}\p{L}|^\p{N}{3,}$|^\p{Lu}[\p{Lu}\p{N}-]+$/u
const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu

/**
 * The names in a question: identifiers, codes, addresses, as `ENOSPC`, `com.zaxxer.hikari`, `post_entry`, `1006`. A
 * question of one word is a name whatever it looks like: whoever types nothing else means it literally.
 */
export function namesIn(question: string): string[] {
  const words = question.split(/[\s,;()"'`“”]+/).map(word => word.replace(EDGES, ''))
  const told = words.filter(word => word !== '')
  const names = told.filter(word => told.length === 1 || (word.length >= MIN_CHARS && NAME.test(word)))
  return [...new Set(names.map(name => name.slice(0, MAX_CHARS)))].slice(0, MAX_NAMES)
}

/**
 * Problems whose text holds names of the question as they are written, not inside a longer word. The measure is the
 * share of the question's words that they are, and less where many texts hold them. An id of a fingerprint names it, too.
 * With pg_trgm an index answers, without it every text is read.
 */
export async function byNames(client: pg.ClientBase, question: string, filter: SearchFilter): Promise<Candidate[]> {
  const names = namesIn(question)
  if (names.length === 0) return []
  const { sql, values } = filterSql(filter, 3)
  const told = question.split(/\s+/).filter(word => /[\p{L}\p{N}]/u.test(word)).length
  const { rows } = await client.query<CandidateRow>(
    `WITH names AS MATERIALIZED (
       SELECT name, '%' || regexp_replace(name, '([\\\\%_])', '\\\\\\1', 'g') || '%' AS inside,
         '(^|[^[:alnum:]])' || regexp_replace(name, '([^[:alnum:]])', '\\\\\\1', 'g') || '($|[^[:alnum:]])' AS whole
       FROM unnest($1::text[]) AS name
     ), matches AS MATERIALIZED (
       SELECT name, t.fingerprint FROM names JOIN fingerprint_texts t ON t.passage LIKE names.inside AND t.passage ~ names.whole
       UNION SELECT name, f.fingerprint FROM names JOIN fingerprints f
         ON f.fingerprint = CASE WHEN name ~ '^[0-9a-f]{16}$' THEN ('x' || name)::bit(64)::bigint END
     ), rarity AS (
       SELECT name, ln(1 + (SELECT count(*) FROM fingerprint_texts) / count(*)::float8)
         / ln(1 + (SELECT count(*) FROM fingerprint_texts)::float8) AS rarity FROM matches GROUP BY name
     ), scored AS (
       SELECT fingerprint, sum(rarity) / greatest($2::int, 1) AS measure FROM matches JOIN rarity USING (name) GROUP BY 1
     )
     SELECT fingerprint, f.group_id, measure FROM scored JOIN fingerprints f USING (fingerprint)
     WHERE ${sql} ORDER BY measure DESC, fingerprint LIMIT ${CANDIDATES}`,
    [names, told, ...values],
  )
  return candidatesOf(rows)
}
