import type pg from 'pg'
import { EmbeddingError, errorText } from '../../embeddings/errors.ts'
import { type EmbeddingProvider, vectorSpace } from '../../embeddings/provider.ts'
import {
  countUnembedded,
  ensureVectorIndex,
  type Unembedded,
  unembedded,
  writeEmbeddings,
} from '../../store/fingerprints/embeddings.ts'

/** "sens", "embd": of all processes on one database, the holder of this advisory lock embeds. */
const LOCK = [0x73656e73, 0x656d6264]
/** Rows that one look at the store brings: the look itself costs as much as the embedding of some hundred texts. */
const PAGE_ROWS = 2_048
/** Texts between two writes, so that the first results of a slow model can be searched soon. */
const BATCH_TEXTS = 64

export interface Sweep {
  /** What this model has embedded by this call. */
  readonly embedded: number
  /** Fingerprints whose text the model will never take. */
  readonly refused: readonly { readonly fingerprint: bigint; readonly message: string }[]
  /** False when another process does the work. */
  readonly leads: boolean
  /** Why there is no index for the vectors, where that was not on purpose: search is slower without. */
  readonly indexFault?: string
}

export interface SweepOptions {
  readonly signal: AbortSignal
  /** Not to be tried again. */
  readonly except?: readonly bigint[]
  readonly onProgress?: (embedded: number, left: number) => void
}

/**
 * Embeds every fingerprint that the provider's model has not embedded, the most severe first. What was written stays,
 * whatever comes after it.
 *
 * @throws EmbeddingError while the provider is away; the reason of `signal`; the database's error.
 */
export async function embedMissing(
  client: pg.ClientBase,
  provider: EmbeddingProvider,
  { signal, except = [], onProgress = () => {} }: SweepOptions,
): Promise<Sweep> {
  const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS leads', LOCK)
  if (!rows[0]?.leads) return { embedded: 0, refused: [], leads: false }
  try {
    const model = vectorSpace(provider)
    const indexFault = await ensureVectorIndex(client, model, provider.dimensions).then(() => undefined, errorText)
    const refused: { fingerprint: bigint; message: string }[] = []
    let left = await countUnembedded(client, model)
    let embedded = 0
    while (left > 0) {
      const page = await unembedded(client, model, PAGE_ROWS, [
        ...except,
        ...refused.map(({ fingerprint }) => fingerprint),
      ])
      if (page.length === 0) break
      for (let at = 0; at < page.length; at += BATCH_TEXTS) {
        signal.throwIfAborted()
        const batch = page.slice(at, at + BATCH_TEXTS)
        const faults = await embedBatch(client, provider, batch, signal)
        refused.push(...faults)
        embedded += batch.length - faults.length
        left -= batch.length
        onProgress(embedded, Math.max(0, left))
      }
    }
    return { embedded, refused, leads: true, ...(indexFault === undefined ? {} : { indexFault }) }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1, $2)', LOCK)
  }
}

/** A text that no model has a reason to refuse. */
const HARMLESS = 'payment timed out'

/** Embeds and writes; when the model refuses the batch for good, each text alone, to find those that it means. */
async function embedBatch(
  client: pg.ClientBase,
  provider: EmbeddingProvider,
  batch: readonly Unembedded[],
  signal: AbortSignal,
): Promise<{ fingerprint: bigint; message: string }[]> {
  try {
    const vectors = await provider.embed(
      batch.map(({ passage }) => passage),
      signal,
    )
    await writeEmbeddings(
      client,
      vectorSpace(provider),
      batch.map(({ fingerprint }) => fingerprint),
      vectors,
    )
    return []
  } catch (error) {
    if (!(error instanceof EmbeddingError) || error.code !== 'SERVICE_REFUSED') throw error
    const [only] = batch
    if (only !== undefined && batch.length === 1) {
      // A service that refuses whatever it is sent is set up wrongly: this throws, and every text is tried again later.
      await provider.embed([HARMLESS], signal)
      return [{ fingerprint: only.fingerprint, message: errorText(error) }]
    }
    const faults = []
    for (const one of batch) faults.push(...(await embedBatch(client, provider, [one], signal)))
    return faults
  }
}
