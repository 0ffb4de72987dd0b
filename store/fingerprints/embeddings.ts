import type pg from 'pg'

/** A fingerprint that the model has not embedded yet, and the text that stands for it. */
export interface Unembedded {
  readonly fingerprint: bigint
  readonly passage: string
}

/** Those that a model lacks, the most severe first; `except` are left out. */
export async function unembedded(
  client: pg.ClientBase,
  model: string,
  limit: number,
  except: readonly bigint[] = [],
): Promise<Unembedded[]> {
  const { rows } = await client.query<{ fingerprint: string; passage: string }>(
    `SELECT t.fingerprint, t.passage FROM fingerprint_texts t JOIN fingerprints f USING (fingerprint)
     WHERE NOT EXISTS (SELECT FROM fingerprint_embeddings e WHERE e.model = $1 AND e.fingerprint = t.fingerprint)
       AND t.fingerprint <> ALL ($3::bigint[])
     ORDER BY f.severity_number DESC, t.seq LIMIT $2`,
    [model, limit, except.map(String)],
  )
  return rows.map(row => ({ fingerprint: BigInt(row.fingerprint), passage: row.passage }))
}

/** How many fingerprints the model has not embedded. */
export async function countUnembedded(client: pg.ClientBase, model: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM fingerprint_texts t
     WHERE NOT EXISTS (SELECT FROM fingerprint_embeddings e WHERE e.model = $1 AND e.fingerprint = t.fingerprint)`,
    [model],
  )
  return rows[0]!.n
}

/** How many problems there are, and how many of them each model has embedded. */
export async function countByModel(
  client: pg.ClientBase,
): Promise<{ readonly problems: number; readonly embedded: Map<string, number> }> {
  const texts = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM fingerprint_texts')
  const { rows } = await client.query<{ model: string; n: number }>(
    'SELECT model, count(*)::int AS n FROM fingerprint_embeddings GROUP BY model ORDER BY model',
  )
  return { problems: texts.rows[0]!.n, embedded: new Map(rows.map(row => [row.model, row.n])) }
}

/** The `seq` of the newest text: while it stays, no fingerprint has come in. */
export async function newestText(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ seq: string | null }>('SELECT max(seq) AS seq FROM fingerprint_texts')
  return rows[0]?.seq ?? '0'
}

/** One vector of length one for each fingerprint; what is there already stays. */
export async function writeEmbeddings(
  client: pg.ClientBase,
  model: string,
  fingerprints: readonly bigint[],
  vectors: readonly Float32Array[],
): Promise<void> {
  await client.query(
    `INSERT INTO fingerprint_embeddings (model, fingerprint, embedding)
     SELECT $1, fingerprint, embedding::real[] FROM unnest($2::bigint[], $3::text[]) AS e (fingerprint, embedding)
     ON CONFLICT DO NOTHING`,
    [model, fingerprints.map(String), vectors.map(vector => `{${vector.join(',')}}`)],
  )
}

/** pgvector's limit for an HNSW index on `vector`. */
const HNSW_DIMENSIONS_MAX = 2_000

/**
 * With pgvector, the model's own HNSW index: made on the first call, without keeping anyone from writing. Returns
 * false where search compares with every vector instead.
 */
export async function ensureVectorIndex(client: pg.ClientBase, model: string, dimensions: number): Promise<boolean> {
  if (!(await hasVector(client)) || dimensions > HNSW_DIMENSIONS_MAX) return false
  const { rows } = await client.query<{ name: string; valid: boolean | null }>(
    `SELECT i.name, (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(i.name)) AS valid
     FROM (SELECT 'idx_fingerprint_embeddings_' || substr(md5($1), 1, 12) AS name) i`,
    [model],
  )
  const { name, valid } = rows[0]!
  if (valid) return true
  // What an interrupted CREATE INDEX CONCURRENTLY leaves behind is of no use to anyone.
  if (valid === false) await client.query(`DROP INDEX CONCURRENTLY ${name}`)
  await client.query(
    `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON fingerprint_embeddings
     USING hnsw ((embedding::vector(${dimensions})) vector_cosine_ops) WHERE model = ${client.escapeLiteral(model)}`,
  )
  return true
}

/** Whether pgvector is installed, in that version or a later one. */
export async function hasVector(client: pg.ClientBase, atLeast = '0.0'): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_extension WHERE extname = 'vector'
       AND string_to_array(extversion, '.')::int[] >= string_to_array($1, '.')::int[]`,
    [atLeast],
  )
  return rowCount === 1
}

/** Deletes what other models made, and their indexes. Returns the number of embeddings that went, by model. */
export async function dropOtherModels(client: pg.ClientBase, model: string): Promise<Map<string, number>> {
  const { rows } = await client.query<{ model: string; n: number }>(
    'SELECT model, count(*)::int AS n FROM fingerprint_embeddings WHERE model <> $1 GROUP BY model ORDER BY model',
    [model],
  )
  for (const other of rows) {
    const index = await client.query<{ name: string }>(
      `SELECT 'idx_fingerprint_embeddings_' || substr(md5($1), 1, 12) AS name`,
      [other.model],
    )
    await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${index.rows[0]!.name}`)
    await client.query('DELETE FROM fingerprint_embeddings WHERE model = $1', [other.model])
  }
  return new Map(rows.map(row => [row.model, row.n]))
}
