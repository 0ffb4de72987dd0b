import type { Replace } from './secret-values.ts'

/**
 * 13 to 19 digits in one piece, or in the groups that are printed on cards: 4-4-4-4 (and up to 3 more), 4-6-5, 4-6-4,
 * with the same separator throughout. Not inside of a word, of a number with a decimal point, or of a longer number.
 */
const CANDIDATE =
  /(?<![\w]|\d[.,])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\w]|[.,]\d)/g

/** Leading digits that issuers use: 3 (Amex, Diners, JCB), 4 (Visa), 5 and 22 to 27 (Mastercard, Maestro, Mir), 6. */
const ISSUER = /^(?:[3-6]|2[2-7])/

/** `text` with payment card numbers replaced: right length, a known issuer's first digits, and a valid check digit. */
export function replaceCardNumbers(text: string, replace: Replace): string {
  return text.replace(CANDIDATE, candidate => {
    if (isCardNumber(candidate)) return replace('card_number', candidate)
    const last = candidate.search(/[ -]\d{1,3}$/) // "4111 1111 1111 1111 12": the next number, not the fifth group
    const head = last < 0 ? '' : candidate.slice(0, last)
    return isCardNumber(head) ? replace('card_number', head) + candidate.slice(last) : candidate
  })
}

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '')
  return digits.length >= 13 && digits.length <= 19 && ISSUER.test(digits) && hasCheckDigit(digits)
}

/** ISO/IEC 7812-1, annex B (Luhn): every second digit from the right counts twice. */
function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const weighted = i % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}
