import { fingerprintOf } from './log-template/fingerprint.ts'
import { type ErrorReport, errorFingerprint } from './stack/error-fingerprint.ts'

/*
 * What the versions before this one made of a record: log templates 1 and error fingerprints 2, frozen as they were.
 * A record that comes now is given both ids, so that what is known about the old one (resolved, seen since when, merged
 * by hand) holds for the new one. Nothing in this folder may change but to go: the test beside it holds it to its ids.
 */

/** The id that a log message had. Pure; never throws. */
export function earlierLogId(message: string): bigint {
  return fingerprintOf(message).id
}

/** The id that an error had. Pure; never throws. */
export function earlierErrorId(report: ErrorReport): bigint {
  return errorFingerprint(report, text => fingerprintOf(text).template).fingerprint
}
