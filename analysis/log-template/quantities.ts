import { classAt, digitsEnd, isAlphanumeric, isDigitAt } from './characters.ts'
import { DURATION, type Kind, NUM, SIZE } from './kinds.ts'

/** Units that stand behind a number after a space. Single letters are left out where they are also words or names. */
const SPACED_UNITS = new Map<string, Kind>([
  ...names('B KB MB GB TB PB kB KiB MiB GiB TiB PiB byte bytes Bytes kilobytes megabytes gigabytes', SIZE),
  ...names('ns us µs μs ms s sec secs second seconds min mins minute minutes h hr hrs hour hours day days', DURATION),
  ...names('millis msec msecs millisecond milliseconds microsecond microseconds nanosecond nanoseconds', DURATION),
  // Amounts of money: the currency is the unit.
  ...names(
    'EUR USD GBP CHF PLN SEK NOK DKK CZK HUF RON TRY JPY CNY INR KRW CAD AUD NZD SGD HKD MXN BRL ZAR ILS UAH',
    NUM,
  ),
  ...names('MILLISECONDS SECONDS MINUTES HOURS week weeks', DURATION),
])
/** Units that are glued to their number. */
const GLUED_UNITS = new Map<string, Kind>([
  ...SPACED_UNITS,
  ...names('K M G T k b g kb mb gb Kb Mb Gb Ki Mi Gi', SIZE),
  ...names('m d w S', DURATION),
  ...names('x X C F V W Hz kHz MHz GHz th st nd rd L e mA mV rpm px pt em', NUM),
])
const LONGEST_UNIT = 12

function names(list: string, kind: Kind): [string, Kind][] {
  return list.split(' ').map(unit => [unit, kind])
}

/** What a number becomes when this word stands behind it: DURATION, SIZE, or -1 when the word is no unit. */
export function spacedUnit(text: string, start: number, end: number): Kind {
  return end - start > LONGEST_UNIT ? -1 : (SPACED_UNITS.get(text.slice(start, end)) ?? -1)
}

/**
 * The kind of a token that starts with a digit and is a number with its unit (`10000ms`, `18.4KB`, `1h30m5s`, `41C`) or
 * in scientific notation (`1.5E-9`), else -1.
 */
export function quantityKind(text: string, start: number, end: number): Kind {
  let at = start
  let kind: Kind = -1
  while (at < end) {
    at = decimalEnd(text, at, end)
    if (at < 0) return -1
    if (at === end) return kind < 0 ? NUM : -1
    const unit = at
    while (at < end && !isDigitAt(text, at) && isAlphanumeric(classAt(text, at))) at++
    if (at === unit || at - unit > LONGEST_UNIT) return -1
    if (kind < 0 && isExponent(text, unit, at, end)) return NUM
    const found = GLUED_UNITS.get(text.slice(unit, at))
    if (found === undefined || (kind >= 0 && found !== DURATION)) return -1
    kind = kind < 0 ? found : DURATION
  }
  return kind
}

function decimalEnd(text: string, at: number, end: number): number {
  const whole = digitsEnd(text, at, end - at)
  if (whole === at) return -1
  if (whole >= end || text.charCodeAt(whole) !== 0x2e) return whole
  const fraction = digitsEnd(text, whole + 1, end - whole - 1)
  return fraction === whole + 1 ? -1 : fraction
}

function isExponent(text: string, letter: number, after: number, end: number): boolean {
  const code = text.charCodeAt(letter)
  if (after - letter !== 1 || (code !== 0x65 && code !== 0x45)) return false
  const digits = text.charCodeAt(after) === 0x2d ? after + 1 : after
  return digits < end && digitsEnd(text, digits, end - digits) === end
}
