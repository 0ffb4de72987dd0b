import { createHmac, timingSafeEqual } from 'node:crypto'
import { EdgeRefusal } from '../../pipeline/edge/refusal.ts'

/** Slack's own advice: https://docs.slack.dev/authentication/verifying-requests-from-slack */
const TOLERANCE_S = 300
const MISFIT = 'x-slack-signature does not fit: is signing_secret that of the app whose button was pressed?'

/**
 * Makes of the headers what proves a body: HMAC-SHA256 over `v0:TIMESTAMP:BODY`, the very bytes that were sent. It takes
 * the same time for every wrong signature, and tells the secret that fits.
 * @throws EdgeRefusal 401, from here where the headers alone show that no body will fit
 */
export function slackProof(
  signature: string | undefined,
  timestamp: string | undefined,
  secret: string,
  nowMs: number,
): (body: Buffer) => string {
  if (signature === undefined || timestamp === undefined) {
    throw new EdgeRefusal(401, 'x-slack-signature or x-slack-request-timestamp is missing: only Slack sends here')
  }
  if (!/^\d{9,11}$/.test(timestamp))
    throw new EdgeRefusal(401, 'x-slack-request-timestamp is not in seconds since 1970')
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_S) {
    throw new EdgeRefusal(401, `x-slack-request-timestamp is more than ${TOLERANCE_S} s from this server's clock`)
  }
  if (!/^v0=[0-9a-f]{64}$/.test(signature)) throw new EdgeRefusal(401, MISFIT)
  const given = Buffer.from(signature)
  return body => {
    const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')
    if (!timingSafeEqual(Buffer.from(`v0=${expected}`), given)) throw new EdgeRefusal(401, MISFIT)
    return secret
  }
}
