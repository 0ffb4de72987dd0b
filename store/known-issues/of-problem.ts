import { matcherOf } from '../../analysis/known-issues/match.ts'
import type { Read } from '../reading.ts'
import { ISSUES, issueOf, type StoredIssue } from './issues.ts'

/** The known issues that a distinct problem shows, by its template, its sample and its ids, as records of it would. */
export async function knownIssuesOf(read: Read, fingerprint: string): Promise<readonly StoredIssue[]> {
  const issues = (await read(ISSUES, [])).map(issueOf)
  if (issues.length === 0) return []
  const [problem] = await read(
    `SELECT fingerprint_hex(f.group_id) AS group_id, f.template, f.sample,
       ARRAY(SELECT DISTINCT service FROM fingerprint_services s WHERE s.fingerprint = f.fingerprint) AS services
     FROM fingerprints f WHERE f.fingerprint = ('x' || $1)::bit(64)::bigint`,
    [fingerprint],
  )
  if (problem === undefined) return []
  const services = problem.services as readonly string[] // an array of text
  const facts = {
    source: 'log' as const,
    service: '',
    text: `${problem.template}\n${problem.sample ?? ''}`,
    fingerprint,
    group: String(problem.group_id),
  }
  return issues.filter(issue => {
    if (issue.services !== undefined && !issue.services.some(name => services.includes(name))) return false
    return matcherOf([{ ...issue, sources: undefined, services: undefined }])(facts) !== undefined
  })
}
