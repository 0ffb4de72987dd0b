import type pg from 'pg'
import { pino } from 'pino'
import { openEmbeddingProvider } from '../../embeddings/open.ts'
import { vectorSpace } from '../../embeddings/provider.ts'
import type { EmbeddingSettings } from '../../embeddings/settings.ts'
import { unembedded, writeEmbeddings } from '../../store/fingerprints/embeddings.ts'

const TEXTS_AT_ONCE = 1_000

/** Every fingerprint has its vector, as the processor `embed` leaves it: a search compares with all of them. */
export async function embedAll(client: pg.Client, settings: EmbeddingSettings): Promise<void> {
  const provider = await openEmbeddingProvider(settings, pino({ level: 'silent' }))
  const space = vectorSpace(provider)
  const { signal } = new AbortController()
  for (;;) {
    const texts = await unembedded(client, space, TEXTS_AT_ONCE)
    if (texts.length === 0) break
    const vectors = await provider.embed(
      texts.map(({ passage }) => passage),
      signal,
    )
    await writeEmbeddings(
      client,
      space,
      texts.map(({ fingerprint }) => fingerprint),
      vectors,
    )
  }
  await provider.close()
}
