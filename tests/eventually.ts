import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 100
const PATIENCE_MS = 120_000

/** Asks until there is an answer; what never comes fails with what it was. */
export async function eventually<R>(
  what: string,
  ask: () => Promise<R | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<R> {
  for (const until = Date.now() + patienceMs; Date.now() < until; await pause(POLL_MS)) {
    const answer = await ask()
    if (answer !== undefined) return answer
  }
  throw new Error(`waited ${patienceMs / 1000} s for ${what}`)
}
