import { type KnownChange, readKnownChanges } from '../store/changes.ts'
import type { Access } from './access.ts'
import type { Row } from './answer.ts'
import { plainRow } from './answer-text.ts'

/** Each the newest or the most frequent ones, one more than CHANGES_MAX where there are more. */
export interface Changes {
  /** Releases that were first seen or came back, and the deploys that told of them. */
  readonly releases: readonly Row[]
  /** Deploys, builds, pushes and changes of configuration that no release is known of. */
  readonly events: readonly Row[]
  readonly problems: readonly Row[]
}

export const CHANGES_MAX = 50

/** What changed in a range: releases, deploys, changes of configuration, problems that began or came back. */
export async function readChanges(
  access: Access,
  from: Date,
  to: Date,
  services: readonly string[] | null,
): Promise<Changes> {
  const changes = await readKnownChanges(access.shown, from, to, services)
  const problems = await access.shown(`SELECT * FROM problem_changes($1, $2, $3, $4) LIMIT ${CHANGES_MAX + 1}`, [
    from,
    to,
    services,
    access.services ?? null,
  ])
  const isRelease = ({ previous }: KnownChange) => previous !== undefined
  return {
    releases: changes.filter(isRelease).map(changeRow),
    events: changes.filter(change => !isRelease(change)).map(changeRow),
    problems,
  }
}

export function changeRow({
  at,
  service,
  release,
  previous,
  commit,
  title,
  what,
  environment,
  isReturn,
}: KnownChange): Row {
  return plainRow({
    at: new Date(at).toISOString(),
    service,
    ...(release === undefined ? {} : { release }),
    ...(previous === undefined ? {} : { previous }),
    ...(commit === undefined ? {} : { commit }),
    ...(title === undefined ? {} : { title }),
    what: isReturn ? `${what}, back to a release that had run before` : what,
    ...(environment === undefined ? {} : { environment }),
  })
}
