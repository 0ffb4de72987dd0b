import type { IdGenerator } from '@opentelemetry/sdk-trace'
import type { Random } from './random.ts'

/** Trace and span ids from the seed instead of from the system: the whole of a run can then be compared with another. */
export function createIdGenerator(random: Random): IdGenerator {
  return {
    generateTraceId: () => nonZero(random.hex(32)),
    generateSpanId: () => nonZero(random.hex(16)),
  }
}

/** All zeros is the one id that OpenTelemetry calls invalid. */
function nonZero(id: string): string {
  return /[^0]/.test(id) ? id : `${id.slice(1)}1`
}

/** RFC 9562 version 4, from the seed. */
export function uuid(random: Random): string {
  const hex = random.hex(32)
  const variant = '89ab'.charAt(random.int(0, 3))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** Crockford's alphabet: no letters that people mistake for digits. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

/** A business id as shops have them: `ord_7h2kq0v9xz`. */
export function entityId(random: Random, prefix: string): string {
  let text = ''
  for (let i = 0; i < 10; i++) text += LETTERS.charAt(random.int(0, 31))
  return `${prefix}_${text}`
}
