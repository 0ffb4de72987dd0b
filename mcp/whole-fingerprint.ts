import type { Access } from './access.ts'
import { ToolRefusal } from './refusal.ts'

const HEX_DIGITS = 16
/** So many are named where a beginning is of several. */
const CANDIDATES_MAX = 5

/**
 * The whole id that some first digits are of, among the problems that the caller may see.
 *
 * @throws ToolRefusal where they are of none, or of several
 */
export async function wholeFingerprint(access: Access, digits: string): Promise<string> {
  const beginning = digits.toLowerCase()
  if (beginning.length === HEX_DIGITS) return beginning
  const found = await access.rows(
    `SELECT DISTINCT fingerprint_hex(fingerprint) AS id
     FROM (SELECT fingerprint, service FROM fingerprint_services UNION SELECT fingerprint, service FROM fingerprint_sightings) AS seen
     WHERE starts_with(fingerprint_hex(fingerprint), $1) AND is_among(service, $2) ORDER BY 1 LIMIT ${CANDIDATES_MAX}`,
    [beginning, access.services ?? null],
  )
  const [first] = found
  if (first === undefined)
    throw new ToolRefusal(`no problem's fingerprint begins with ${beginning}; error_fingerprint_summary lists some`)
  if (found.length > 1)
    throw new ToolRefusal(`${beginning} could be ${found.map(({ id }) => id).join(', ')}: give more digits`)
  return String(first.id)
}
