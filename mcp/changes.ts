import type { Access } from './access.ts'
import type { Row } from './answer.ts'

/** Each the newest or the most frequent ones, one more than CHANGES_MAX where there are more. */
export interface Changes {
  readonly deploys: readonly Row[]
  readonly releases: readonly Row[]
  readonly problems: readonly Row[]
}

export const CHANGES_MAX = 50

/** What changed in a range: deploys and pushes, releases that were first seen, problems that began or came back. */
export async function readChanges(
  access: Access,
  from: Date,
  to: Date,
  services: readonly string[] | null,
): Promise<Changes> {
  const range = [from, to, services]
  return {
    releases: await access.shown(RELEASES, range),
    problems: await access.shown(`SELECT * FROM problem_changes($1, $2, $3, $4) LIMIT ${CHANGES_MAX + 1}`, [
      ...range,
      access.services ?? null,
    ]),
    deploys: await access.shown(DEPLOYS, range),
  }
}

const RELEASES = `
  SELECT * FROM release_changes WHERE first_seen > $1 AND first_seen <= $2 AND is_among(service, $3)
  ORDER BY first_seen DESC LIMIT ${CHANGES_MAX + 1}`

const DEPLOYS = `
  SELECT * FROM deploy_events WHERE timestamp > $1 AND timestamp <= $2 AND is_among(service, $3)
  ORDER BY timestamp DESC LIMIT ${CHANGES_MAX + 1}`
