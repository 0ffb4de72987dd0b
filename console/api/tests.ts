import { z } from 'zod'
import { readTestHistory, readTestRun, type TestHistory } from '../../store/test-history.ts'
import { endpoint, NotFound, rangeQuery, scopeOf } from '../server/endpoint.ts'

export interface TestsAnswer extends TestHistory {
  readonly repositories: readonly string[]
}

export const tests = endpoint({
  name: 'tests',
  query: z.strictObject({ ...rangeQuery, repository: z.string().max(300).optional() }),
  async answer(reading, { repository, ...range }): Promise<TestsAnswer> {
    const { from, to, visible } = scopeOf(reading, range)
    const history = await readTestHistory(reading.read, { from, to, visible, repository })
    return { ...history, repositories: [...new Set(history.places.map(row => String(row.repository)))] }
  },
})

export type TestRunAnswer = NonNullable<Awaited<ReturnType<typeof readTestRun>>>

export const testRun = endpoint({
  name: 'test-run',
  query: z.strictObject({ id: z.string().min(1).max(300) }),
  async answer({ access, read }, { id }): Promise<TestRunAnswer> {
    const found = await readTestRun(read, id, access.services ?? null)
    if (found === undefined) throw new NotFound('there is no such run')
    return found
  },
})
