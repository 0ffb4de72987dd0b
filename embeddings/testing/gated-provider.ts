import type { EmbeddingProvider } from '../provider.ts'

/** A provider whose runs wait until a test lets them go on: for what happens while a model is busy. */
export interface GatedProvider extends EmbeddingProvider {
  /** The texts of each run so far. */
  readonly runs: readonly (readonly string[])[]
  /** Resolves once `count` runs have begun. */
  begun(count: number): Promise<void>
  /** Lets the oldest run that waits finish, with an error where one is given. */
  release(error?: Error): void
  /** From now on runs do not wait. */
  open(): void
}

/** The vector of a text: its length, and one. */
export const gatedVector = (text: string) => Float32Array.of(text.length, 1)

export function gatedProvider(): GatedProvider {
  const runs: (readonly string[])[] = []
  const gates: PromiseWithResolvers<void>[] = []
  const waiters: { count: number; resolve: () => void }[] = []
  let isOpen = false
  return {
    id: 'gated@1',
    dimensions: 2,
    device: 'cpu',
    runs,
    begun: count =>
      new Promise(resolve => {
        if (runs.length >= count) resolve()
        else waiters.push({ count, resolve })
      }),
    release: error => {
      const gate = gates.shift()
      if (gate === undefined) throw new Error('no run waits')
      if (error === undefined) gate.resolve()
      else gate.reject(error)
    },
    open: () => {
      isOpen = true
      for (const gate of gates.splice(0)) gate.resolve()
    },
    embed: async (texts, _signal, options = {}) => {
      runs.push(texts)
      for (const waiter of waiters) if (runs.length >= waiter.count) waiter.resolve()
      if (!isOpen) {
        const gate = Promise.withResolvers<void>()
        gates.push(gate)
        await gate.promise
      }
      options.onTokens?.(texts.map(text => text.length))
      return texts.map(gatedVector)
    },
    close: () => Promise.resolve(),
  }
}
