/** A pseudo-random sequence from a seed (mulberry32): tests name their seed and so can be run again. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Shuffled copy (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[copy[last], copy[other]] = [copy[other]!, copy[last]!]
  }
  return copy
}

const NAMES = 'alice bruno chen dilek emeka farah goran hana ivan jun kofi lena mei nadia omar petra'.split(' ')
const QUEUES = 'orders invoices refunds mails exports imports audits webhooks'.split(' ')
const STATES = 'NEW QUEUED RUNNING FAILED DONE'.split(' ')
const HOSTS = ['10.0.0.7', 'db1.example.com', 'cache-2', 'localhost', 'wpad', 'edge.example.org:8443']

/** `count` messages of a small fleet: some forty log statements, with values of all kinds, words among them. */
export function fleetMessages(count: number, seed: number): string[] {
  const random = randomFrom(seed)
  const number = (below: number) => Math.floor(random() * below)
  const one = <T>(items: readonly T[]): T => items[number(items.length)]!
  const statements: (() => string)[] = [
    () => `Accepted connection from ${one(HOSTS)} in ${number(90)} ms`,
    () => `Could not reach ${one(HOSTS)} after ${number(9)} attempts: connection refused`,
    () => `Failed password for ${one(NAMES)} from 10.0.${number(255)}.${number(255)} port ${number(65_535)}`,
    () => `Payment of tenant ${one(NAMES)} was rejected by the bank for order ${number(99_999)}`,
    () => `Job ${number(999)} of queue ${one(QUEUES)} moved from ${one(STATES)} to ${one(STATES)}`,
    () => `Consumer of topic ${one(QUEUES)} lags ${number(9_999)} messages behind on partition ${number(12)}`,
    () => `${one(QUEUES)} service started`,
    () => `level=info msg="request served" user=${one(NAMES)} dur=${number(99)}ms ok=${random() < 0.5}`,
    () => `Deleted keys ${Array.from({ length: 1 + number(6) }, () => `k_${number(999)}`).join(', ')}`,
    () => `Cache ${one(['hit', 'miss'])} for /v1/items/${number(999)}`,
    () => `Worker ${one(NAMES)} hands ${one(QUEUES)} over to worker ${one(NAMES)} for ${number(9)} seconds`,
    () => `Disk of node-${number(40)} is ${number(100)}% full`,
    ...Array.from({ length: 28 }, (_, index) => {
      const verb = `step${'abcdefghijklmnopqrstuvwxyz+-'[index]}`
      return () => `Pipeline reached ${verb}y of the nightly build with ${number(5)} warnings`
    }),
  ]
  return Array.from({ length: count }, () => one(statements)())
}
