import type { Job } from '../jobs/index.ts'
import { advance } from '../jobs/state.ts'
import { foldRed, settledBefore } from './fold.ts'

/** Often enough that readers of the minutes at hand go through few partial rows. */
const EVERY_MS = 10_000
const NAME = 'red_minutes'

/** Merges what exporters counted into red_minutes. */
export function redJob(): Job {
  return {
    name: NAME,
    everyMs: EVERY_MS,
    async run({ client, now, signal }) {
      await foldRed(client, now, signal)
      // A late span is no setback: it is merged in the turn after it has come.
      if (!signal.aborted) await advance(client, NAME, settledBefore(now))
    },
  }
}
