import type { EmbeddingProvider } from '../provider.ts'
import type { Embedded } from './batcher.ts'
import type { OpenaiRequest } from './requests.ts'

/** The answer of `POST /embed`. */
export function embedAnswer({ id, dimensions }: EmbeddingProvider, { vectors, tokens }: Embedded): object {
  return { embeddings: vectors.map(vector => Array.from(vector)), model: id, dimensions, tokens }
}

/** The answer of `POST /v1/embeddings`. */
export function openaiAnswer(
  { id }: EmbeddingProvider,
  { vectors, tokens }: Embedded,
  encoding: OpenaiRequest['encoding'],
): object {
  const written = (vector: Float32Array) => (encoding === 'base64' ? base64(vector) : Array.from(vector))
  const total = tokens.reduce((sum, count) => sum + count, 0)
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: written(vector) })),
    model: id,
    usage: { prompt_tokens: total, total_tokens: total },
  }
}

/** 32-bit floats, the lowest byte first, whatever the machine. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * 4)
  return bytes.toString('base64')
}
