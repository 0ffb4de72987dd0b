import { EmbeddingError } from '../errors.ts'
import type { EmbeddingProvider } from '../provider.ts'
import { toUnitLength } from '../unit-length.ts'
import { idOf, sentText } from './answers.ts'
import { call } from './call.ts'
import { retrying } from './retry.ts'
import type { HttpSettings } from './settings.ts'

/** Asks an embedding service. Opens no connection until it is used, so it can be made while the service is away. */
export function createHttpProvider(settings: HttpSettings): EmbeddingProvider {
  const closing = new AbortController()
  return {
    id: idOf(settings),
    dimensions: settings.dimensions,
    device: 'remote',
    queryInstruction: settings.query_instruction,
    embed: async (texts, signal, options = {}) => {
      const stop = new AbortController()
      const whole = AbortSignal.any([signal, closing.signal, stop.signal])
      const starts = Array.from({ length: Math.ceil(texts.length / settings.batch_size) }, (_, nth) => nth)
      const vectors = new Array<Float32Array>(texts.length)
      const tokens = new Array<number>(texts.length).fill(0)
      const lane = async () => {
        for (let nth = starts.shift(); nth !== undefined; nth = starts.shift()) {
          const from = nth * settings.batch_size
          const batch = texts.slice(from, from + settings.batch_size).map(text => sentText(settings, text))
          const answer = await retrying(() => call(settings, batch, whole), settings, whole)
          for (const [row, vector] of answer.vectors.entries()) vectors[from + row] = vector
          for (const [row, count] of (answer.tokens ?? []).entries()) tokens[from + row] = count
        }
      }
      try {
        await Promise.all(Array.from({ length: settings.max_concurrent_calls }, lane))
      } catch (error) {
        // The other calls are of no use any more.
        stop.abort(error)
        throw error
      }
      options.onTokens?.(tokens)
      // Not every service does what it was asked.
      return options.normalize === false ? vectors : vectors.map(toUnitLength)
    },
    close: () => {
      closing.abort(new EmbeddingError('CLOSED', 'the embedding provider was closed while it worked'))
      return Promise.resolve()
    },
  }
}
