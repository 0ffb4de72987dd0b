import type pg from 'pg'
import { type KnownIssue, matcherOf, type Source } from '../../analysis/known-issues/match.ts'

/** A distinct problem of the past that an issue would have matched. */
export interface PastMatch {
  readonly fingerprint: string
  readonly template: string
  readonly services: readonly string[]
  readonly records: number
  readonly first_release: string | null
  readonly last_seen: Date
}

/** Distinct problems that are looked at, those seen last first. */
const PROBLEMS_MAX = 20_000
/** By event names and kinds: what the processor has of a record. */
const KINDS: Readonly<Record<string, Source>> = { error: 'span', log: 'log' }

/** What of the store's distinct problems an issue matches, by their templates and samples, the most frequent first. */
export async function matchesInHistory(
  client: pg.ClientBase,
  issue: KnownIssue,
  since: Date,
): Promise<readonly PastMatch[]> {
  const { rows } = await client.query(
    `SELECT lpad(to_hex(f.fingerprint), 16, '0') AS fingerprint, lpad(to_hex(f.group_id), 16, '0') AS group_id, f.kind, f.template, f.sample,
       f.records::float8 AS records, f.first_release, f.last_seen,
       ARRAY(SELECT DISTINCT service FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint ORDER BY 1) AS services
     FROM fingerprints f WHERE f.last_seen >= $1 ORDER BY f.last_seen DESC LIMIT ${PROBLEMS_MAX}`,
    [since],
  )
  const anywhere = matcherOf([{ ...issue, sources: undefined, services: undefined }])
  const matching = rows.filter(row => {
    const { services, fingerprint, group_id: group, template, sample } = row
    if (issue.services !== undefined && !issue.services.some(name => services.includes(name))) return false
    const source = KINDS[row.kind] ?? 'log'
    return anywhere({ source, service: '', text: `${template}\n${sample}`, fingerprint, group }) !== undefined
  })
  return matching
    .map(({ fingerprint, template, services, records, first_release, last_seen }) => ({
      ...{ fingerprint, template, services, records, first_release, last_seen },
    }))
    .sort((a, b) => b.records - a.records)
}
