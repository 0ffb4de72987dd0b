import { type EmbeddingProvider, vectorSpace } from './provider.ts'

/** How search asks a provider: one text, one vector, in the space that `model` names. */
export function meaningOf(provider: EmbeddingProvider, signal: AbortSignal) {
  return {
    model: vectorSpace(provider),
    dimensions: provider.dimensions,
    embed: async (text: string): Promise<Float32Array> =>
      (await provider.embed([`${provider.queryInstruction ?? ''}${text}`], signal))[0]!,
  }
}
