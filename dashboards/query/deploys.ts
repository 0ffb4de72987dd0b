import { FROM, ofEnvironment, UNTIL } from './range.ts'

/** Releases that began in the range, deploys that CI told of, and changes of configuration and flags: `at, service, what, release, title`. */
export function changes(): string {
  return `SELECT first_seen AS at, service, 'release' AS what, release, 'after ' || previous AS title, NULL AS status, NULL AS branch, NULL AS commit
    FROM release_changes_between(${FROM}, ${UNTIL}) WHERE ${ofEnvironment()}
    UNION ALL
    SELECT timestamp, service, what, release, title, status, branch, commit FROM deploy_events
    WHERE $__timeFilter(timestamp) AND what NOT IN ('build_start', 'build_complete', 'push') AND ${ofEnvironment()}`
}
