import type { Change } from '../analysis/releases/blame.ts'
import { type Read, textOrNone, timeOf } from './reading.ts'

/** A change of a service with what is known of it: the deploy that told of it, the release that was then seen. */
export interface KnownChange extends Change {
  readonly what: string
  readonly previous: string | undefined
  readonly commit: string | undefined
  readonly title: string | undefined
  readonly environment: string | undefined
  /** A release that had run before, as in a rollback. */
  readonly isReturn: boolean
}

/** A deploy is told of, at the latest, so long after its release was first seen. */
const SAME_CHANGE_MS = 600_000
const CHANGES_MAX = 200
/** Told by a process of some release, which it does not bring. */
const OF_CONFIGURATION = /^(?:config|feature_flag)\./

/** Releases that were first seen or came back, deploys and changes of configuration; each told once, newest first. */
export async function readKnownChanges(
  read: Read,
  from: Date,
  to: Date,
  services: readonly string[] | null,
): Promise<readonly KnownChange[]> {
  const releases = await read(`SELECT * FROM release_changes_between($1, $2, $3) LIMIT ${CHANGES_MAX}`, [
    from,
    to,
    services,
  ])
  const events = await read(
    `SELECT * FROM deploy_events WHERE timestamp > $1 AND timestamp <= $2 AND is_among(service, $3)
     ORDER BY timestamp DESC LIMIT ${CHANGES_MAX}`,
    [from, to, services],
  )
  const told = new Set<object>()
  const seen = releases.map((row): KnownChange => {
    const at = timeOf(row.first_seen)
    const event = events.find(
      one =>
        one.service === row.service &&
        one.release === row.release &&
        !OF_CONFIGURATION.test(String(one.what)) &&
        Math.abs(timeOf(one.timestamp) - at) <= SAME_CHANGE_MS,
    )
    if (event !== undefined) told.add(event)
    return {
      at: event === undefined ? at : Math.min(at, timeOf(event.timestamp)),
      service: String(row.service),
      release: textOrNone(row.release),
      previous: textOrNone(row.previous),
      what: event === undefined ? 'release' : String(event.what),
      commit: textOrNone(event?.commit),
      title: textOrNone(event?.title),
      environment: textOrNone(row.environment),
      isReturn: row.is_return === true,
    }
  })
  const others = events
    .filter(row => !told.has(row))
    .map(
      (row): KnownChange => ({
        at: timeOf(row.timestamp),
        service: String(row.service),
        release: OF_CONFIGURATION.test(String(row.what)) ? undefined : textOrNone(row.release),
        previous: undefined,
        what: String(row.what),
        commit: textOrNone(row.commit),
        title: textOrNone(row.title),
        environment: textOrNone(row.environment),
        isReturn: false,
      }),
    )
  return [...seen, ...others].sort((a, b) => b.at - a.at)
}
