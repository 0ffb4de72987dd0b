import type { Signal } from '../../../pipeline/model/index.ts'
import type { DecodeLimits } from './budget.ts'
import type { Encoding } from './encoding.ts'
import { decodeJson } from './json/request.ts'
import type { Decoded } from './record.ts'
import { decodeProtobuf } from './request.ts'

export type { DecodeLimits } from './budget.ts'
export type { Encoding } from './encoding.ts'
export { MalformedRequestError } from './faults.ts'
export type { Decoded } from './record.ts'

/**
 * Decodes an Export…ServiceRequest into records. A fault inside a record rejects that record; a faulty resource, scope
 * or metric rejects the records under it. Nothing in the result keeps `body` alive. Text that is not UTF-8 is repaired
 * with U+FFFD; of keys that are sent twice, the last value stands.
 *
 * @throws MalformedRequestError when nothing can be taken: the framing around the records is broken, or they are more
 * than `limits` allow
 */
export function decodeRequest<S extends Signal>(
  signal: S,
  body: Buffer,
  encoding: Encoding,
  limits: DecodeLimits,
): Decoded<S> {
  return encoding === 'json' ? decodeJson(signal, body, limits) : decodeProtobuf(signal, body, limits)
}
