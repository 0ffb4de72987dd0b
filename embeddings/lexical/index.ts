import type { EmbeddingProvider } from '../provider.ts'
import { toUnitLength } from '../unit-length.ts'
import type { LexicalSettings } from './settings.ts'
import { lexicalVectors } from './vector.ts'
import { splitWords } from './words.ts'

/** Changes with every change of words, stems, synonyms or weights: the vectors change with them. */
const REVISION = 1

/** Texts between two looks at the signal, and one turn of the event loop: about 2 ms of work. */
const TEXTS_PER_TURN = 64

/**
 * The built-in provider: needs no model, no network and no start-up time, and gives the same vectors everywhere. It
 * knows how words are written and a table of synonyms, not what sentences mean.
 */
export function createLexicalProvider({ dimensions }: LexicalSettings): EmbeddingProvider {
  const vectorOf = lexicalVectors(dimensions)
  return {
    id: `lexical-${dimensions}@${REVISION}`,
    dimensions,
    device: 'cpu',
    embed: async (texts, signal, options = {}) => {
      const vectors: Float32Array[] = []
      for (const [at, text] of texts.entries()) {
        if (at % TEXTS_PER_TURN === 0) {
          if (at > 0) await new Promise<void>(resolve => setImmediate(resolve))
          signal.throwIfAborted()
        }
        const vector = vectorOf(text)
        vectors.push(options.normalize === false ? vector : toUnitLength(vector))
      }
      options.onTokens?.(texts.map(text => splitWords(text).words.length))
      return vectors
    },
    close: () => Promise.resolve(),
  }
}
