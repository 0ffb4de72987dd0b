import { z } from 'zod'
import type { ServiceMap } from '../../analysis/service-map/merge.ts'
import { readKnownChanges } from '../../store/changes.ts'
import { readServiceMap } from '../../store/service-map/read.ts'
import { readOperations, readReleases, readServiceSeries, readServices } from '../../store/services.ts'
import { endpoint, NotFound, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { barsOf, type RequestBar, type Requests, requestsOf } from './requests.ts'

type Row = Readonly<Record<string, unknown>>

export interface ServiceRow extends Requests {
  readonly service: string
  readonly environment: string
  readonly lastSeen: string
  readonly bars: readonly { readonly at: number; readonly requests: number; readonly errors: number }[]
}

export interface ServicesAnswer {
  readonly services: readonly ServiceRow[]
  readonly map: ServiceMap
  readonly environments: readonly string[]
}

export const services = endpoint({
  name: 'services',
  query: z.strictObject({ ...rangeQuery, by_release: z.enum(['0', '1']).default('0') }),
  async answer(reading, { by_release, ...range }): Promise<ServicesAnswer> {
    const scope = scopeOf(reading, range)
    const { services: rows, bars } = await readServices(reading.read, scope)
    const map = await readServiceMap(reading.read, {
      ...{ from: scope.from, until: scope.to, env: scope.env, visible: scope.visible },
      byRelease: by_release === '1',
    })
    const barsBy = Map.groupBy(bars, placeOf)
    return {
      services: rows.map(row => ({
        ...{ service: String(row.service), environment: String(row.environment), lastSeen: String(row.last_seen) },
        ...requestsOf(row),
        bars: (barsBy.get(placeOf(row)) ?? []).map(bar => ({
          at: Number(bar.at),
          requests: Number(bar.requests),
          errors: Number(bar.errors),
        })),
      })),
      map,
      environments: [...new Set(rows.map(row => String(row.environment)))].sort(),
    }
  },
})

const placeOf = ({ service, environment }: Row) => JSON.stringify([service, environment])

export interface ServiceAnswer {
  readonly bars: readonly RequestBar[]
  readonly operations: readonly (Requests & { readonly operation: string })[]
  readonly releases: readonly Row[]
  readonly marks: readonly { readonly at: number; readonly label: string }[]
  readonly calls: ServiceMap['edges']
  readonly calledBy: ServiceMap['edges']
  readonly problems: readonly Row[]
}

export const service = endpoint({
  name: 'service',
  query: z.strictObject({ ...rangeQuery, service: z.string().max(255) }),
  async answer(reading, { service, ...range }): Promise<ServiceAnswer> {
    const scope = scopeOf(reading, range)
    if (scope.visible?.includes(service) === false) throw new NotFound('there is no such service')
    const { read } = reading
    const releases = await readReleases(read, scope, service)
    const operations = await readOperations(read, scope, service)
    const { edges } = await readServiceMap(read, { from: scope.from, until: scope.to, env: scope.env })
    const changes = await readKnownChanges(read, scope.from, scope.to, [service])
    const problems = await read(
      `SELECT fingerprint_hex(f.fingerprint) AS fingerprint, left(f.template, 300) AS template, f.status, f.severity_number, sum(m.records)::float8 AS records,
         max(s.last_seen) AS last_seen, min(s.first_seen) AS first_seen
       FROM fingerprint_minutes m JOIN fingerprints f USING (fingerprint) JOIN fingerprint_services s USING (fingerprint, service, environment)
       WHERE m.minute > $1 AND m.minute <= $2 AND m.service = $3 AND is_among(m.environment, environment_names($4)) AND (f.kind = 'error' OR f.severity_number >= 13)
       GROUP BY f.fingerprint, f.template, f.status, f.severity_number ORDER BY (f.severity_number >= 17 OR f.kind = 'error') DESC, records DESC LIMIT 12`,
      [scope.from, scope.to, service, scope.env],
    )
    return {
      bars: barsOf(await readServiceSeries(read, scope, service)),
      operations: operations.map(row => ({ operation: String(row.operation), ...requestsOf(row) })),
      releases: releases.map(row => ({ ...row, ...requestsOf(row) })),
      marks: changes.map(({ at, what, release }) => ({
        at,
        label: release === undefined ? what : `${what} ${release}`,
      })),
      calls: edges.filter(({ caller }) => caller === service),
      calledBy: edges.filter(({ callee, caller }) => callee === service && scope.visible?.includes(caller) !== false),
      problems,
    }
  },
})
