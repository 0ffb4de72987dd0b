import { z } from 'zod'
import { type KnownChange, readKnownChanges } from '../../store/changes.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'

export interface Change {
  readonly at: string
  readonly service: string
  readonly environment: string | undefined
  readonly what: string
  readonly release: string | undefined
  readonly previous: string | undefined
  readonly commit: string | undefined
  readonly title: string | undefined
  readonly is_return: boolean
}

export interface ChangesAnswer {
  readonly from: string
  readonly to: string
  /** Newest first. */
  readonly changes: readonly Change[]
}

const CHANGES_MAX = 60

/** Releases, deploys and changes of configuration of a range. */
export const changes = endpoint({
  name: 'changes',
  query: z.strictObject({ ...rangeQuery, service: z.string().max(255).optional() }),
  async answer(reading, query): Promise<ChangesAnswer> {
    const { from, to, visible } = scopeOf(reading, query)
    const services =
      query.service === undefined ? visible : [query.service].filter(name => visible?.includes(name) ?? true)
    const found = await readKnownChanges(reading.read, from, to, services)
    return { from: from.toISOString(), to: to.toISOString(), changes: found.slice(0, CHANGES_MAX).map(changeOf) }
  },
})

export function changeOf(change: KnownChange): Change {
  const { at, service, environment, what, release, previous, commit, title, isReturn } = change
  return {
    at: new Date(at).toISOString(),
    service,
    environment,
    what,
    release,
    previous,
    commit,
    title,
    is_return: isReturn,
  }
}
