import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import { z } from 'zod'
import { openEmbeddingProvider } from '../../embeddings/open.ts'
import { type EmbeddingProvider, vectorSpace } from '../../embeddings/provider.ts'
import { DEFAULT_EMBEDDING, embeddingSettings } from '../../embeddings/settings.ts'
import { type Context, define } from '../../pipeline/component.ts'
import { errorText } from '../../pipeline/errors.ts'
import { withClient } from '../../store/connect.ts'
import { countUnembedded, newestText } from '../../store/fingerprints/embeddings.ts'
import { embedMissing } from './sweep.ts'

/** What failed and what another process left is looked for this often, in looks at the store. */
const SWEEP_EVERY_LOOKS = 30

export const embed = define({
  kind: 'processor',
  type: 'embed',
  summary:
    'Embeds each distinct problem once, so that it can be found by meaning. Works beside the pipeline on what is stored: no acknowledgement waits for it, and what fails is tried again.',
  signals: ['traces', 'logs'],
  config: z.strictObject({
    model: embeddingSettings
      .default(DEFAULT_EMBEDDING)
      .describe('What makes the vectors. Search reads it too, so that questions are embedded like problems.'),
    interval_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(1_000)
      .describe('How often the store is asked for problems that are new.'),
  }),
  examples: [{}, { model: { provider: 'static', dimensions: 64 }, interval_ms: 5_000 }],
  create({ model, interval_ms: intervalMs }, next, context) {
    const stopping = new AbortController()
    let provider: EmbeddingProvider | undefined
    let working: Promise<void> = Promise.resolve()
    return {
      async start() {
        const opened = await openEmbeddingProvider(model, context.logger)
        provider = opened
        working = work({ provider: opened, context, intervalMs, signal: stopping.signal })
      },
      consume: next,
      async shutdown() {
        stopping.abort(new Error('the embed processor stops'))
        await working
        await provider?.close()
      },
    }
  },
})

interface Worker {
  readonly provider: EmbeddingProvider
  readonly context: Context
  readonly intervalMs: number
  readonly signal: AbortSignal
}

/** Looks for new texts until the signal aborts. */
async function work({ provider, context, intervalMs, signal }: Worker): Promise<void> {
  const { logger } = context
  const instruments = createInstruments(context, provider)
  const refused = new Map<bigint, string>()
  let isAway = false
  let isToldOfIndex = false

  const look = async (client: pg.ClientBase) => {
    try {
      const sweep = await embedMissing(client, provider, { signal, except: [...refused.keys()] })
      const { refused: more, embedded, indexFault } = sweep
      if (indexFault !== undefined && !isToldOfIndex) {
        logger.warn(`the index of the vectors could not be made, and search compares with each: ${indexFault}`)
        isToldOfIndex = true
      }
      for (const { fingerprint, message } of more) refused.set(fingerprint, message)
      warnOfRefused(logger, more)
      instruments.embedded(embedded)
    } finally {
      instruments.backlog(await countUnembedded(client, vectorSpace(provider)))
    }
    if (isAway) logger.info('embedding works again')
    isAway = false
  }
  /** For as long as the connection and the model work. */
  const watch = async (client: pg.ClientBase) => {
    let seen = ''
    for (let looks = 0; !signal.aborted; looks++) {
      const newest = await newestText(client)
      if (newest !== seen || looks % SWEEP_EVERY_LOOKS === 0) await look(client)
      seen = newest
      await pause(intervalMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
  while (!signal.aborted) {
    try {
      await withClient(context.database, 'owner', watch)
    } catch (error) {
      if (signal.aborted) return
      instruments.failed()
      if (!isAway) logger.warn(`embedding failed and is tried again; nothing else waits for it: ${errorText(error)}`)
      isAway = true
      await pause(intervalMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

function warnOfRefused(logger: Logger, refused: readonly { readonly fingerprint: bigint; readonly message: string }[]) {
  const [first] = refused
  if (first === undefined) return
  logger.warn(`${refused.length} texts were refused by the model and are found by their words only: ${first.message}`)
}

function createInstruments(context: Context, provider: EmbeddingProvider) {
  const attributes = { processor: context.id, model: vectorSpace(provider) }
  let waiting = 0
  context.meter
    .createObservableGauge('sensorium_processor_embed_backlog', {
      description: 'Fingerprints without an embedding of the model.',
    })
    .addCallback(result => result.observe(waiting, attributes))
  const done = context.meter.createCounter('sensorium_processor_embed_fingerprints', {
    description: 'Fingerprints that were embedded.',
  })
  const failures = context.meter.createCounter('sensorium_processor_embed_failures', {
    description: 'Attempts that ended with an error and are made again.',
  })
  return {
    backlog: (fingerprints: number) => {
      waiting = fingerprints
    },
    embedded: (fingerprints: number) => done.add(fingerprints, attributes),
    failed: () => failures.add(1, attributes),
  }
}
