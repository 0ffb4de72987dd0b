import { setTimeout as pause } from 'node:timers/promises'
import { Command } from 'commander'
import { vectorSpace } from '../../embeddings/provider.ts'
import { SensoriumError } from '../../pipeline/errors.ts'
import { hexOf } from '../../pipeline/model/index.ts'
import { embedMissing } from '../../processors/embed/sweep.ts'
import { withClient } from '../../store/connect.ts'
import { dropOtherModels } from '../../store/fingerprints/embeddings.ts'
import { openStore } from '../../store/open.ts'
import { configOption } from '../config-option.ts'
import { readConfiguration } from '../configuration.ts'
import { found } from '../database.ts'
import { embeddingOf, withProvider } from '../embedding.ts'
import { silentLogger } from '../logging.ts'
import { stopSignal } from '../stop-signal.ts'
import { redraw } from '../terminal/guard.ts'

/** While a running Sensorium embeds what is new. */
const BUSY_POLL_MS = 200

export function reembedCommand(): Command {
  return new Command('reembed')
    .addOption(configOption())
    .option('--keep', 'leave the embeddings of other models where they are')
    .addHelpText(
      'after',
      `
To change the model or its dimensions without an hour of poor answers: run this with the new configuration while the
old one serves (--keep), restart Sensorium with the new one, and run it again without --keep.
It may be stopped at any time, and goes on where it was.`,
    )
    .action(async (options: { config: string; keep?: true }) => {
      const { plan, database } = await readConfiguration(options.config)
      const settings = embeddingOf(plan)
      if (settings === undefined) {
        throw new SensoriumError('USAGE', `${options.config} has no pipeline with the processor "embed"`)
      }
      const store = await openStore(found(database), silentLogger(), { attach: true })
      const stop = new AbortController()
      void stopSignal().then(() => stop.abort(new SensoriumError('USAGE', 'stopped; what was embedded stays')))
      try {
        await withProvider(settings, silentLogger(), provider =>
          withClient(store, 'owner', async client => {
            let sweep = await embedMissing(client, provider, { signal: stop.signal, onProgress })
            while (!sweep.leads) {
              await pause(BUSY_POLL_MS, undefined, { signal: stop.signal })
              sweep = await embedMissing(client, provider, { signal: stop.signal, onProgress })
            }
            console.log(`${vectorSpace(provider)}: ${sweep.embedded} embedded`)
            for (const { fingerprint, message } of sweep.refused) {
              console.log(`refused: ${hexOf(fingerprint)}: ${message}`)
            }
            if (options.keep) return
            for (const [model, count] of await dropOtherModels(client, vectorSpace(provider))) {
              console.log(`${model}: ${count} forgotten`)
            }
          }),
        )
      } finally {
        await store.close()
      }
    })
}

function onProgress(embedded: number, left: number): void {
  if (process.stderr.isTTY) redraw(process.stderr, `${embedded} embedded, ${left} to go${left === 0 ? '\n' : ''}`)
}
