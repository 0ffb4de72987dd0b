/**
 * Turns texts into vectors whose cosine tells how much alike they are. One contract for what is built in, what runs in
 * this process and what is asked over HTTP.
 */
export interface EmbeddingProvider {
  /**
   * Model and revision, stored beside each embedding: vectors of different ids are never compared. It changes whenever
   * the same stored text could get another vector.
   */
  readonly id: string
  readonly dimensions: number
  /** What its model wants to read before a question, though not before what is searched; mostly nothing. */
  readonly queryInstruction?: string | undefined
  /** Where the work is done, for health and logs: `cpu`, `cuda`, `webgpu`, or `remote`. */
  readonly device: string
  /**
   * Resolves to one vector of length one for each text, in order. Any number of texts; the provider makes its own
   * batches. May be called any number of times at once.
   *
   * @throws EmbeddingError; `isRetryable` tells whether the same texts may succeed later. The reason of `signal` when
   * it aborts.
   */
  embed(texts: readonly string[], signal: AbortSignal, options?: EmbedOptions): Promise<Float32Array[]>
  /** Ends workers and connections. Calls under way reject. */
  close(): Promise<void>
}

export interface EmbedOptions {
  /** False: the vector as the model gives it, of any length. Default true. */
  readonly normalize?: boolean
  /** Called before `embed` resolves with the tokens of each text as the model counts them, after truncation; 0 where unknown. */
  readonly onTokens?: (tokens: readonly number[]) => void
}

/** What vectors may be compared: those of one model at one size. The key under which they are stored. */
export function vectorSpace({ id, dimensions }: Pick<EmbeddingProvider, 'id' | 'dimensions'>): string {
  return `${id}/${dimensions}`
}
