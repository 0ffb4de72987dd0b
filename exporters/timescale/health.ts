import type pg from 'pg'
import { errorText } from '../../pipeline/errors.ts'
import type { Lane } from './lane.ts'

export interface Health {
  committed(): void
  failed(error: unknown): void
  /** Why nothing can be stored now; undefined when it can. */
  problem(): string | undefined
  open(): void
  close(): void
}

export interface HealthOptions {
  readonly lanes: readonly Lane[]
  /** How long the first batch of the queue has waited. */
  readonly oldestWaitMs: () => number
  readonly probeIntervalMs?: number
}

/** Far more than a commit takes on a machine that keeps up, and less than senders wait. */
const STALLED_MS = 10_000
/** A quiet system asks its database so often whether it is there; a failure without traffic is looked into as often. */
const PROBE_INTERVAL_MS = 5_000

/** Makes files grow, as a commit does: a full disk, a standby and a lost right answer it with an error. */
const TRIAL_WRITE = `CREATE TEMPORARY TABLE sensorium_trial ON COMMIT DROP AS
  SELECT i, md5(i::text) AS filler FROM generate_series(1, 4000) AS i`

/**
 * What commits tell of the database. The last one that failed stands until one succeeds; when no traffic comes, because
 * whoever balances it has seen that we are not ready, a trial write on one of the exporter's own connections decides.
 */
export function watchHealth({ lanes, oldestWaitMs, probeIntervalMs = PROBE_INTERVAL_MS }: HealthOptions): Health {
  let lastCommitAt = performance.now()
  let failure: { readonly at: number; readonly text: string } | undefined
  const committed = () => {
    lastCommitAt = performance.now()
    failure = undefined
  }
  const failed = (error: unknown) => {
    failure = { at: performance.now(), text: errorText(error) }
  }

  async function probe(): Promise<void> {
    const lane = lanes.find(({ state }) => state === 'idle')
    if (lane === undefined || performance.now() - (failure?.at ?? lastCommitAt) < probeIntervalMs) return
    const isFailing = failure !== undefined
    try {
      await lane.run(client => (isFailing ? tryToWrite(client) : client.query('SELECT 1').then(() => {})))
      committed()
    } catch (error) {
      failed(error)
    }
  }
  let timer: NodeJS.Timeout | undefined
  return {
    committed,
    failed,
    problem: () => {
      if (!lanes.some(({ state }) => state === 'idle' || state === 'busy')) {
        return `no connection to the database${failure === undefined ? '' : `: ${failure.text}`}`
      }
      if (failure !== undefined) return `the last commit failed ${secondsSince(failure.at)} s ago: ${failure.text}`
      const waitMs = oldestWaitMs()
      return waitMs > STALLED_MS ? `what came in has waited ${Math.round(waitMs / 1000)} s for its commit` : undefined
    },
    open: () => {
      // Half: so no more than an interval and a half goes by without word.
      timer = setInterval(() => void probe(), probeIntervalMs / 2)
      timer.unref()
    },
    close: () => clearInterval(timer),
  }
}

async function tryToWrite(client: pg.ClientBase): Promise<void> {
  await client.query('BEGIN')
  await client.query(TRIAL_WRITE)
  await client.query('COMMIT')
}

function secondsSince(at: number): number {
  return Math.round((performance.now() - at) / 1000)
}
