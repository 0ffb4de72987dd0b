import { ToolRefusal } from './refusal.ts'

/** Runs a call when there is room for it. @throws ToolRefusal when there is none for too long */
export type InTurn = <T>(work: () => Promise<T>, isOpenEnded?: boolean) => Promise<T>

/** As `createTurns`; calls that are open-ended hold half of the turns at most, so that the others get theirs. */
export function createFairTurns(atOnce: number, waitingMax: number): InTurn {
  const all = createTurns(atOnce, waitingMax)
  const openEnded = createTurns(Math.max(1, Math.floor(atOnce / 2)), Math.max(1, Math.floor(waitingMax / 2)))
  return (work, isOpenEnded = false) => (isOpenEnded ? openEnded(() => all(work)) : all(work))
}

/**
 * Lets so many calls run at once; the others wait for their turn. Each call holds a connection, and the database needs
 * some for what comes in.
 */
export function createTurns(atOnce: number, waitingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async work => {
    if (running >= atOnce) {
      if (waiting.length >= waitingMax) {
        throw new ToolRefusal(
          `${running + waiting.length} calls are under way; ask again in some seconds, one after another`,
        )
      }
      await new Promise<void>(resolve => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      // The turn is handed on, or given back.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
