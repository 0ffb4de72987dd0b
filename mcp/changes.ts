import type { Access } from './access.ts'
import type { Row } from './answer.ts'

/** Each the newest or the most frequent ones, at most CHANGES_MAX. */
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
  return {
    releases: await access.shown(RELEASES, [from, to, services]),
    problems: await access.shown(PROBLEMS, [from, to, services, access.services ?? null]),
    deploys: await access.shown(DEPLOYS, [from, to, services]),
  }
}

/** Deploys that came as CI events, and as log records of any sender that names them deployment, deploy or release. */
const DEPLOYS = `
  SELECT * FROM (
    SELECT timestamp, repository AS service, event_type AS what, status, branch, left(commit_sha, 12) AS commit, environment,
      NULL AS release, coalesce(error_message, metadata->'commits'->0->>'message') AS title
    FROM build_events WHERE timestamp > $1 AND timestamp <= $2 AND ($3::text[] IS NULL OR repository = ANY ($3))
    UNION ALL
    SELECT timestamp, service, event_name, coalesce(context->>'deployment.status', level), context->>'vcs.ref.head.name',
      left(context->>'vcs.ref.head.revision', 12), environment, service_version, coalesce(context->>'vcs.change.title', message)
    FROM application_logs WHERE event_name IN ('deployment', 'deploy', 'release', 'config.change', 'feature_flag.change')
      AND timestamp > $1 AND timestamp <= $2 AND ($3::text[] IS NULL OR service = ANY ($3))
  ) d ORDER BY timestamp DESC LIMIT ${CHANGES_MAX}`

/** The very first release of a service is no change of it. */
const RELEASES = `
  SELECT first_seen, service, environment, release,
    (SELECT p.release FROM service_releases p WHERE p.service = r.service AND p.environment = r.environment
      AND p.first_seen < r.first_seen ORDER BY p.first_seen DESC LIMIT 1) AS previous
  FROM service_releases r WHERE first_seen > $1 AND first_seen <= $2 AND ($3::text[] IS NULL OR service = ANY ($3))
    AND EXISTS (SELECT FROM service_releases p WHERE p.service = r.service AND p.environment = r.environment AND p.first_seen < r.first_seen)
  ORDER BY first_seen DESC LIMIT ${CHANGES_MAX}`

const PROBLEMS = `
  SELECT s.first_seen, lpad(to_hex(f.fingerprint), 16, '0') AS fingerprint, f.status, s.records, s.first_release, f.template, s.services
  FROM fingerprints f CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT service) AS services, sum(records)::float8 AS records, min(first_seen) AS first_seen,
      (array_agg(first_release ORDER BY first_seen))[1] AS first_release
    FROM fingerprint_services p WHERE p.fingerprint = f.fingerprint AND ($4::text[] IS NULL OR service = ANY ($4))) s
  WHERE (f.kind = 'error' OR f.severity_number >= 17) AND ($3::text[] IS NULL OR s.services && $3)
    AND ((f.first_seen > $1 AND f.first_seen <= $2) OR (f.status = 'regressed' AND f.last_seen > $1 AND f.first_seen <= $2))
  ORDER BY s.records DESC LIMIT ${CHANGES_MAX}`
