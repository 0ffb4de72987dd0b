import { AgentError } from './port.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Tokens are kept by the minute, a day of them. */
const MINUTE_MS = 60_000
/** The store is asked no oftener than this: our own count is exact in between. */
const ASK_EVERY_MS = 30_000

/** Tokens that are counted in the store since then, of all replicas and earlier processes; undefined: it cannot say. */
export type Spent = (since: Date) => Promise<number | undefined>

export interface Budget {
  /**
   * Sets `tokens` aside for a call; returns how to give the rest of them back.
   * @throws AgentError `budget` where they are not there
   */
  take(tokens: number): Promise<(used: number) => void>
}

/**
 * A call begins when all that it may use is there, so calls at once spend no token twice. What this process spent is
 * counted here, what others did in the store: the larger of the two counts, since the store has ours, too, only later.
 */
export function createBudget(
  limits: { readonly tokens_per_hour: number; readonly tokens_per_day: number },
  spent: Spent,
  clock: () => number = Date.now,
): Budget {
  const minutes = new Map<number, number>()
  const windows = [
    { name: 'hour', key: 'tokens_per_hour', lengthMs: HOUR_MS, limit: limits.tokens_per_hour },
    { name: 'day', key: 'tokens_per_day', lengthMs: DAY_MS, limit: limits.tokens_per_day },
  ].filter(({ limit }) => limit > 0)
  const stored = new Map<string, number>()
  let askedAt = Number.NEGATIVE_INFINITY
  let held = 0

  async function askStore(now: number): Promise<void> {
    if (now - askedAt < ASK_EVERY_MS) return
    askedAt = now
    for (const { name, lengthMs } of windows) stored.set(name, (await spent(new Date(now - lengthMs))) ?? 0)
  }
  function own(now: number, lengthMs: number): number {
    let sum = 0
    for (const [minute, tokens] of minutes) if (minute * MINUTE_MS > now - lengthMs) sum += tokens
    return sum
  }
  function note(tokens: number): void {
    const now = clock()
    const minute = Math.floor(now / MINUTE_MS)
    minutes.set(minute, (minutes.get(minute) ?? 0) + tokens)
    for (const old of minutes.keys()) if (old * MINUTE_MS <= now - DAY_MS) minutes.delete(old)
  }

  return {
    async take(tokens) {
      const now = clock()
      await askStore(now)
      for (const { name, key, lengthMs, limit } of windows) {
        const used = Math.max(own(now, lengthMs), stored.get(name) ?? 0)
        if (used + held + tokens <= limit) continue
        throw new AgentError(
          'budget',
          `the tokens of this ${name} are spent: ${used} of ${limit}, and this needs up to ${tokens} (service.agent.${key})`,
        )
      }
      held += tokens
      let isOpen = true
      return used => {
        if (!isOpen) return
        isOpen = false
        held -= tokens
        note(used)
      }
    },
  }
}
