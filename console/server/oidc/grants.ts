import type { User } from '../../../store/people/index.ts'
import type { OidcSettings } from './config.ts'
import { SignInFault } from './fault.ts'

export type Claims = Readonly<Record<string, unknown>>

const NAME_CHARS_MAX = 200

/** Who somebody is and what they may do, by what the provider says of them. @throws SignInFault where they may nothing */
export function userOf(claims: Claims, { grants, name_claim: nameClaim }: OidcSettings): User {
  const name = claims[nameClaim]
  if (typeof name !== 'string' || name.trim() === '' || name.length > NAME_CHARS_MAX) {
    throw new SignInFault('no_name', `the provider sends no claim ${nameClaim} that is a name`)
  }
  if (nameClaim === 'email' && claims.email_verified === false) {
    throw new SignInFault('no_name', 'the e-mail address is not verified')
  }
  const grant = grants.find(({ claim, has }) => has === '*' || wordsOf(claims[claim]).includes(has))
  if (grant === undefined) throw new SignInFault('no_access', 'no grant fits the claims')
  const services = grant.services_claim === undefined ? grant.services : wordsOf(claims[grant.services_claim])
  if (services?.length === 0) throw new SignInFault('no_access', `the claim ${grant.services_claim} lists no service`)
  return { name: name.trim(), role: grant.role, services }
}

/** A claim that is one word, or a list of them. */
function wordsOf(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  return all.filter(one => typeof one === 'string' && one !== '') as string[] // as the filter lets through
}
