import { readFile } from 'node:fs/promises'
import type { EmbeddingProvider } from '../provider.ts'
import { toUnitLength } from '../unit-length.ts'
import type { StaticSettings } from './settings.ts'
import { readTable } from './table.ts'
import { staticVectors } from './vector.ts'

export const TABLE_FILE = new URL('./minilm-errors-128.table', import.meta.url)

/** Changes with every change of how a text becomes words; the table's own checksum stands beside it. */
const REVISION = 1
/** Texts between two looks at the signal, and one turn of the event loop: about 2 ms of work. */
const TEXTS_PER_TURN = 256

/**
 * The built-in provider: knows what words of the trade mean from a sentence model that it was learnt from, and gives the
 * same vectors everywhere. It reads words and not their order, so "a blocks b" is "b blocks a".
 *
 * @throws EmbeddingError MODEL_UNUSABLE
 */
export async function openStaticProvider({ dimensions }: StaticSettings): Promise<EmbeddingProvider> {
  const table = readTable(await readFile(TABLE_FILE))
  const embedOne = staticVectors(table, dimensions)
  return {
    id: `static-${dimensions}@${REVISION}.${table.sha256.slice(0, 8)}`,
    dimensions,
    device: 'cpu',
    embed: async (texts, signal, options = {}) => {
      const vectors: Float32Array[] = []
      const tokens: number[] = []
      for (const [at, text] of texts.entries()) {
        if (at % TEXTS_PER_TURN === 0) {
          if (at > 0) await new Promise<void>(resolve => setImmediate(resolve))
          signal.throwIfAborted()
        }
        const one = embedOne(text)
        vectors.push(options.normalize === false ? one.vector : toUnitLength(one.vector))
        tokens.push(one.tokens)
      }
      options.onTokens?.(tokens)
      return vectors
    },
    close: () => Promise.resolve(),
  }
}
