import type pg from 'pg'
import type { EmbeddingProvider } from '../../embeddings/provider.ts'
import { vectorSpace } from '../../embeddings/provider.ts'
import { ensureVectorIndex, writeEmbeddings } from '../../store/fingerprints/embeddings.ts'

const SERVICES = ['checkout', 'payment', 'inventory', 'shipping', 'notification', 'storefront', 'search', 'billing']
const SUBJECTS = ['order', 'card', 'parcel', 'session', 'invoice', 'voucher', 'mailbox', 'cache', 'queue', 'index']
const VERBS = [
  'refused',
  'timed out',
  'was lost',
  'could not be read',
  'is full',
  'was retried',
  'is locked',
  'expired',
]
const PLACES = ['gateway', 'ledger', 'replica', 'broker', 'bucket', 'scheduler', 'worker', 'proxy', 'shard', 'node']
const INSERT_ROWS = 1_000

/** Problem `n` of any number, each with words of its own. */
function passageOf(n: number): string {
  const pick = (words: readonly string[], by: number) => words[Math.floor(n / by) % words.length]!
  const own = n.toString(26).replace(/[0-9a-p]/g, digit => String.fromCharCode(97 + Number.parseInt(digit, 26)))
  return `${pick(SERVICES, 1)}: ${pick(SUBJECTS, 8)} ${pick(VERBS, 80)} in ${pick(PLACES, 640)} ${own}`
}

/** Brings the store to `size` problems, as if they had been seen and embedded. */
export async function fill(client: pg.ClientBase, provider: EmbeddingProvider, size: number): Promise<void> {
  const { signal } = new AbortController()
  const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM fingerprints')
  for (let from = rows[0]!.n; from < size; from += INSERT_ROWS) {
    const ids = Array.from({ length: Math.min(INSERT_ROWS, size - from) }, (_, i) => from + i)
    const passages = ids.map(passageOf)
    await client.query(
      `WITH new AS (SELECT * FROM unnest($1::bigint[], $2::text[]) AS n (id, passage)),
       made AS (
         INSERT INTO fingerprints (fingerprint, group_id, automatic_group, kind, version, template, sample,
           severity_number, records, first_seen, last_seen)
         SELECT id, id, id, 'log', 1, passage, passage, 9, 1, now(), now() FROM new
       ), placed AS (
         INSERT INTO fingerprint_services SELECT id, split_part(passage, ':', 1), 'prod', 1, now(), now(), NULL FROM new
       )
       INSERT INTO fingerprint_texts (fingerprint, passage) SELECT id, passage FROM new`,
      [ids, passages],
    )
    await writeEmbeddings(client, vectorSpace(provider), ids.map(BigInt), await provider.embed(passages, signal))
  }
  await ensureVectorIndex(client, vectorSpace(provider), provider.dimensions)
  await client.query('ANALYZE fingerprints, fingerprint_services, fingerprint_texts, fingerprint_embeddings')
}
