import type { EmbeddingProvider } from '../../embeddings/provider.ts'
import { wordHashBaseline } from '../../embeddings/testing/retrieval/recall.ts'
import { toUnitLength } from '../../embeddings/unit-length.ts'

const DIMENSIONS = 384

/** One dimension a word: what is found without knowing anything. */
export const wordHash: EmbeddingProvider = {
  id: 'word-hash@1',
  dimensions: DIMENSIONS,
  device: 'cpu',
  embed: texts => Promise.resolve(texts.map(text => toUnitLength(nowhere(wordHashBaseline(text, DIMENSIONS))))),
  close: () => Promise.resolve(),
}

/** A text without a word has a place, too. */
function nowhere(vector: Float32Array): Float32Array {
  if (vector.every(value => value === 0)) vector[0] = 1
  return vector
}
