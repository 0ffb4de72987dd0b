import type { Searcher } from '../../store/search/index.ts'

const ROUNDS = 3
const DEPTH = 10

/** Milliseconds of the first question, and of the questions after it, asked one after the other. */
export async function latency(searcher: Searcher, questions: readonly string[]) {
  const timed = async (text: string) => {
    const from = performance.now()
    await searcher.search({ text, limit: DEPTH })
    return performance.now() - from
  }
  const first = await timed(questions[0]!)
  const times: number[] = []
  for (let n = 0; n < ROUNDS; n++) for (const question of questions) times.push(await timed(question))
  times.sort((a, b) => a - b)
  const at = (fraction: number) => times[Math.floor(times.length * fraction)]!
  return { first, p50: at(0.5), p95: at(0.95) }
}
