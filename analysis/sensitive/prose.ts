import { isOrdinary } from './ordinary-values.ts'
import { secretKind } from './secret-keys.ts'
import { isPlaceholder, looksGenerated, type Replace } from './secret-values.ts'

/**
 * A secret told in a sentence: perhaps the word before (1), the name (2), perhaps what joins (3), perhaps a quote (4), the
 * value (5). Words of English only.
 */
const SENTENCE =
  /(?:\b([a-z-]{2,12})[ _-])?\b(password|passphrase|passcode|secret|token|key|otp|code)[ \t]((?:is|was|set to|changed to|reset to|now|are|for (?:user )?[\w.@-]{1,64}:)[ \t])?(?:(["'`])([^"'`\r\n]{4,256})|([^\s"'`]{4,4096}))/gi
const CLOSERS = /[.,;:!?)\]]+$/

/** `text` with what sentences give away: `your password is Kite-471`, `verification code is 482913`, `session token …`. */
export function replaceInProse(text: string, replace: Replace): string {
  return text.replace(
    SENTENCE,
    (whole, before: string | undefined, name: string, verb?: string, quote?: string, inside?: string, bare = '') => {
      const rest: string = inside ?? bare
      const value = quote === undefined ? rest.replace(CLOSERS, '') : rest
      const kind = secretKind(before === undefined ? name : `${before}_${name}`) ?? secretKind(name)
      if (kind === undefined || isPlaceholder(value) || isOrdinary(value)) return whole
      if (quote === undefined && /[([]/.test(value)) return whole // code, or what was replaced before
      if (name.toLowerCase() === 'key' && secretKind(`${before ?? ''}_key`) === undefined) return whole
      if (!tells(kind, value, verb !== undefined, quote !== undefined)) return whole
      const at = whole.length - rest.length
      return whole.slice(0, at) + replace(kind, value) + whole.slice(at + value.length)
    },
  )
}

function tells(kind: string, value: string, joined: boolean, quoted: boolean): boolean {
  if (kind === 'one_time_code') return /^\d{4,10}$/.test(value)
  if (looksGenerated(value)) return true
  if (kind !== 'password') return false
  if (joined && quoted && /\s/.test(value)) return true
  return value.length >= 6 && /\d/.test(value) && /[A-Za-z]/.test(value)
}
