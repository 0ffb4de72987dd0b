import { z } from 'zod'
import { COMPARED_MINUTES, type DeployEffect, readDeploys } from '../../store/deploys.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'

export interface DeploysAnswer {
  readonly deploys: readonly DeployEffect[]
  readonly comparedMinutes: number
  readonly from: string
  readonly to: string
}

export const deploys = endpoint({
  name: 'deploys',
  query: z.strictObject({ ...rangeQuery, service: z.string().max(255).optional() }),
  async answer(reading, { service, ...range }): Promise<DeploysAnswer> {
    const scope = scopeOf(reading, range)
    const isHidden = service !== undefined && scope.visible?.includes(service) === false
    return {
      deploys: isHidden ? [] : await readDeploys(reading.read, scope, service),
      comparedMinutes: COMPARED_MINUTES,
      from: scope.from.toISOString(),
      to: scope.to.toISOString(),
    }
  },
})
