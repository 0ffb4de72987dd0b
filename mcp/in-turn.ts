import { ToolRefusal } from './refusal.ts'

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
