import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { secret } from '../config/secret.ts'
import { EdgeRefusal } from './refusal.ts'

/**
 * Tells whether an `authorization` header holds one of the tokens, in time that does not depend on which; `undefined`
 * asks for none.
 */
export function tokenCheck(tokens: readonly string[] | undefined): (authorization: string | undefined) => boolean {
  if (tokens === undefined) return () => true
  const digests = tokens.map(digest)
  return authorization => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    const given = digest(token ?? '')
    let isKnown = false
    for (const known of digests) if (timingSafeEqual(known, given)) isKnown = true
    return isKnown && token !== undefined
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Shared secrets in the configuration, several at once while they are changed. */
export const secretList = (what: string) =>
  z
    .array(secret(z.string().nullish()))
    .default([])
    .describe(`${what} Any of them will do; an empty one, as an unset variable leaves, is passed over.`)

export function presentSecrets(secrets: z.output<ReturnType<typeof secretList>>): string[] {
  return secrets.flatMap(secret => (secret === undefined || secret === null || secret === '' ? [] : [secret]))
}

/** Of edge receivers that take a token of the client's: without one, only programs of this machine are let in. */
export const tokenSetting = secretList(
  'Bearer tokens of those who may send. Without one, everyone may who can reach an endpoint on loopback, and nobody on any other.',
)

/** The token that let the sender in; undefined where none is asked for. @throws EdgeRefusal 401 */
export type Guard = (authorization: string | undefined) => string | undefined

export function bearerGuard(secrets: z.output<typeof tokenSetting>, isLocal: boolean): Guard {
  const tokens = presentSecrets(secrets)
  const isKnown = tokenCheck(tokens)
  return authorization => {
    if (tokens.length === 0) {
      if (isLocal) return undefined
      const message =
        'this server has no token yet, and other machines can reach it: set tokens of this receiver in its configuration'
      throw new EdgeRefusal(401, message)
    }
    if (authorization === undefined) throw new EdgeRefusal(401, 'send the header authorization: Bearer TOKEN')
    if (!isKnown(authorization))
      throw new EdgeRefusal(401, 'this server does not know the token; ask its operator for one')
    return authorization
  }
}
