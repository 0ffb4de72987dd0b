import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { identityOf } from '../../delivery/environment.ts'
import type { Series } from './series.ts'

/**
 * Who measures. `service.instance.id` is new for each start, so that the sums of two processes, or of one before and
 * after a restart, are different series.
 */
export function resourceOf(options: {
  readonly service?: string
  readonly environment?: string
  readonly version?: string
}): Series['labels'] {
  const { service = 'unknown_service:node', environment, version, attributes } = identityOf(options)
  return [
    ...Object.entries(attributes),
    ['service.name', service],
    ['service.instance.id', randomUUID()],
    ['host.name', hostname()],
    ['process.pid', String(process.pid)],
    ['deployment.environment.name', environment],
    ...(version === undefined ? [] : [['service.version', version] as const]),
  ]
}
