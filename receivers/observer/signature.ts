import { createHmac, timingSafeEqual } from 'node:crypto'

/** Why a request is not from who it says, as a sentence for the sender; undefined where it is. */
export type SignatureFault = string | undefined

export interface SignatureOptions {
  /** Any of them will do: the new one and the old one while secrets are changed. */
  readonly secrets: readonly string[]
  /** How old a signed timestamp may be, and how far ahead of our clock. */
  readonly toleranceSeconds: number
}

const HEX_DIGITS = 64

/**
 * Checks `x-pulse-signature`: HMAC-SHA256 in hex over the bytes of the body as they were sent. With `x-pulse-timestamp`
 * (seconds since 1970) it is over `TIMESTAMP.BODY`, so that the time cannot be changed, and old requests are refused.
 * Takes the same time for every wrong signature.
 */
export function checkSignature(
  body: Buffer,
  signature: string | undefined,
  timestamp: string | undefined,
  { secrets, toleranceSeconds }: SignatureOptions,
  nowMs: number,
): SignatureFault {
  if (secrets.length === 0)
    return 'this server has no secret yet: set PULSE_INGEST_SECRET, or secrets in its configuration'
  if (signature === undefined) {
    return 'the header x-pulse-signature is missing: HMAC-SHA256 of the body with the shared secret, in hex'
  }
  if (timestamp !== undefined && !/^\d{9,11}$/.test(timestamp)) return 'x-pulse-timestamp is not in seconds since 1970'
  const signed = timestamp === undefined ? body : Buffer.concat([Buffer.from(`${timestamp}.`), body])
  const given = Buffer.from(signature.trim().toLowerCase().padEnd(HEX_DIGITS).slice(0, HEX_DIGITS))
  let isKnown = false
  for (const secret of secrets) {
    const expected = Buffer.from(createHmac('sha256', secret).update(signed).digest('hex'))
    if (timingSafeEqual(expected, given)) isKnown = true
  }
  if (!isKnown || signature.trim().length !== HEX_DIGITS) {
    return 'x-pulse-signature does not fit: sign the very bytes that are sent, with the secret that this server knows'
  }
  if (timestamp !== undefined && Math.abs(nowMs / 1000 - Number(timestamp)) > toleranceSeconds) {
    return `x-pulse-timestamp is more than ${toleranceSeconds} s from this server's clock; sign again with the time of sending`
  }
  return undefined
}
