import { z } from 'zod'
import { overlay, type PathRow } from '../../analysis/trace/paths.ts'
import { readServiceSeries } from '../../store/services.ts'
import { readTreesOf, type SampledRequest, sampleRequests } from '../../store/traces/sample.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { barsOf, type RequestBar } from './requests.ts'

export interface OperationAnswer {
  readonly bars: readonly RequestBar[]
  readonly sampled: number
  /** Of the sampled requests those whose traces are laid over one another. */
  readonly overlaid: number
  readonly paths: readonly PathRow[]
  readonly slowest: readonly SampledRequest[]
  readonly failed: readonly SampledRequest[]
}

const SAMPLE = 300
const OVERLAID = 100
const SHOWN = 12

export const operation = endpoint({
  name: 'operation',
  query: z.strictObject({ ...rangeQuery, service: z.string().max(255), operation: z.string().max(1_000) }),
  async answer(reading, { service, operation, ...range }): Promise<OperationAnswer> {
    const scope = scopeOf(reading, range)
    const requests = await sampleRequests(reading.read, scope, { service, operation }, SAMPLE)
    const { trees } = await readTreesOf(reading.read, requests.slice(0, OVERLAID), scope.visible)
    const slowest = requests.toSorted((a, b) => b.durationMs - a.durationMs)
    return {
      bars: barsOf(
        scope.visible?.includes(service) === false
          ? []
          : await readServiceSeries(reading.read, scope, service, operation),
      ),
      sampled: requests.length,
      overlaid: trees.size,
      paths: overlay(trees),
      slowest: slowest.slice(0, SHOWN),
      failed: slowest.filter(({ failed }) => failed).slice(0, SHOWN),
    }
  },
})
