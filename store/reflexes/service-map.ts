import type pg from 'pg'
import { serviceOfPeer } from '../../analysis/detect/peer.ts'
import { mapOf, type ServiceMap } from '../../analysis/incidents/found.ts'

/** Calls that were not seen for so many days are no part of the map. */
const DAYS = 7

/** Who calls whom, by environment: from what services say of their calls, and who takes whose messages. */
export async function readServiceMap(client: pg.ClientBase, now: number): Promise<(environment: string) => ServiceMap> {
  const { rows } = await client.query<{ environment: string; service: string; kind: string; peer: string | null }>(
    `SELECT DISTINCT environment, service, kind, peer FROM red_series WHERE last_used > $1::date - ${DAYS} AND (peer IS NOT NULL OR kind = 'server')`,
    [new Date(now)],
  )
  const named = new Map(
    [...Map.groupBy(rows, ({ environment }) => environment)].map(([environment, own]) => {
      const services = new Set(own.map(({ service }) => service))
      const senders = Map.groupBy(
        own.filter(({ kind }) => kind === 'producer'),
        ({ peer }) => peer,
      )
      const edges = own.flatMap(({ service: caller, kind, peer }) => {
        if (peer === null) return []
        // Whoever takes a message rests on whoever sends it.
        const callees =
          kind === 'consumer'
            ? (senders.get(peer) ?? []).map(({ service }) => service)
            : [serviceOfPeer(peer, services)]
        return callees.flatMap(callee => (callee === undefined || callee === caller ? [] : [{ caller, callee }]))
      })
      return [environment, edges] as const
    }),
  )
  // What traces have taught of who answers where; of a message, who takes it rests on who sends it.
  const { rows: learnt } = await client.query<{ environment: string; caller: string; callee: string }>(
    `SELECT DISTINCT environment, CASE WHEN is_async THEN callee ELSE caller END AS caller, CASE WHEN is_async THEN caller ELSE callee END AS callee
     FROM call_targets WHERE last_seen > $1::timestamptz - interval '${DAYS} days' AND caller <> callee`,
    [new Date(now)],
  )
  const maps = new Map<string, ServiceMap>()
  for (const environment of new Set([...named.keys(), ...learnt.map(one => one.environment)])) {
    maps.set(
      environment,
      mapOf([...(named.get(environment) ?? []), ...learnt.filter(one => one.environment === environment)]),
    )
  }
  return environment => maps.get(environment) ?? mapOf([])
}
