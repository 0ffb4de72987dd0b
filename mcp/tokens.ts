import type { Database } from '../pipeline/component.ts'
import { withClient } from '../store/connect.ts'
import { type AccessToken, hashOfToken, readTokens } from '../store/tokens.ts'

/** So long a revoked token may still work, and a new one may not. */
const REFRESH_MS = 2_000

/** The token of an authorization header, undefined for one that is not known. Reads the hashes, never a token. */
export function createTokenCheck(
  database: Database,
): (authorization: string | undefined) => Promise<AccessToken | undefined> {
  let tokens: ReadonlyMap<string, AccessToken> = new Map()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  const read = async () => {
    const startedAt = performance.now()
    try {
      tokens = await withClient(database, 'writer', readTokens)
      readAt = startedAt
    } finally {
      reading = undefined
    }
  }
  return async authorization => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return undefined
    if (performance.now() - readAt > REFRESH_MS) {
      reading ??= read()
      await reading
    }
    // Found by the hash of what was sent: the time that takes tells nothing of the tokens.
    return tokens.get(hashOfToken(token))
  }
}
