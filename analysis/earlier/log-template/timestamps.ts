import { classAt, digitsEnd, isAlphanumeric, isDigitAt, isLetter } from './characters.ts'

/*
 * Dates and times of day in the forms that logs use. Matchers take the place where one would start and return the place
 * after it, or -1; each looks at a few characters only.
 */

const COLON = 0x3a
const DASH = 0x2d
const DOT = 0x2e
const SLASH = 0x2f
const COMMA = 0x2c
const SPACE_CODE = 0x20
const PLUS = 0x2b

/** Any date, time of day, or both, at a digit. */
export function timestampEnd(text: string, at: number): number {
  const run = digitsEnd(text, at, 9) - at
  const mark = text.charCodeAt(at + run)
  if (run === 4 && (mark === DASH || mark === SLASH || mark === DOT)) return withTime(text, yearFirstEnd(text, at))
  if (run === 8 && (mark === 0x54 || mark === DASH)) return compactEnd(text, at)
  if (run > 2) return -1
  if (mark === COLON) return timeOfDayEnd(text, at)
  if (mark === SLASH || mark === DASH || mark === DOT) return withTime(text, dayFirstEnd(text, at, run, mark))
  return -1
}

/** `2026-09-28`, `2026/9/28`, `2026.09.28`. */
function yearFirstEnd(text: string, at: number): number {
  const mark = text.charCodeAt(at + 4)
  const month = digitsEnd(text, at + 5, 2)
  if (month === at + 5 || text.charCodeAt(month) !== mark) return -1
  const day = digitsEnd(text, month + 1, 2)
  return day === month + 1 || isDigitAt(text, day) || !inRange(text, at + 5, month, 12) ? -1 : day
}

/** `28/09/2026`, `9/28/26`, `28/Sep/2026`, `28-Sep-2026`, `28.09.2026`. */
function dayFirstEnd(text: string, at: number, run: number, mark: number): number {
  let end = at + run + 1
  const isNamed = isLetter(classAt(text, end))
  if (isNamed) {
    if (!isMonth(text, end, end + 3)) return -1
    end += 3
  } else {
    const start = end
    end = digitsEnd(text, start, 2)
    if (end === start || !inRange(text, start, end, 31)) return -1
  }
  if (text.charCodeAt(end) !== mark) return -1
  const year = digitsEnd(text, end + 1, 4)
  const yearDigits = year - end - 1
  // `1.2.26` is a version far more often than a date: dots want a full year.
  if (yearDigits !== 4 && (yearDigits !== 2 || mark !== SLASH)) return -1
  return isAlphanumeric(classAt(text, year)) || (mark === DOT && text.charCodeAt(year) === DOT) ? -1 : year
}

/** ISO 8601's basic form, `20260928T043030Z`, and `20260928-04:30:30:123`. */
function compactEnd(text: string, at: number): number {
  if (!inRange(text, at + 4, at + 6, 12) || !inRange(text, at + 6, at + 8, 31)) return -1
  const time = at + 9
  const run = digitsEnd(text, time, 7) - time
  if (run === 6) return zoneEnd(text, fractionEnd(text, time + 6))
  return run === 1 || run === 2 ? timeOfDayEnd(text, time) : -1
}

/** A date, and the time of day that stands right behind it. */
function withTime(text: string, date: number): number {
  if (date < 0) return -1
  const mark = text.charCodeAt(date)
  const isJoined = mark === 0x54 || mark === SPACE_CODE || mark === COLON || mark === 0x5f || mark === DASH
  if (isJoined) {
    const time = timeOfDayEnd(text, date + 1)
    if (time > 0) return time
  }
  return isAlphanumeric(classAt(text, date)) ? -1 : date
}

/** `4:30`, `04:30:30`, `04:30:30.123456`, `04:30:30,123`, `04:30:30:123`, with `Z`, `+02:00` or `AM`. */
export function timeOfDayEnd(text: string, at: number): number {
  const hour = digitsEnd(text, at, 3)
  if (hour === at || hour - at > 2 || text.charCodeAt(hour) !== COLON) return -1
  const minute = digitsEnd(text, hour + 1, 3)
  if (minute - hour !== 3) return -1
  let end = minute
  if (text.charCodeAt(end) === COLON) {
    const second = digitsEnd(text, end + 1, 3)
    if (second - end !== 3) return -1
    end = fractionEnd(text, second)
  }
  end = zoneEnd(text, end)
  return isAlphanumeric(classAt(text, end)) || (text.charCodeAt(end) === COLON && isDigitAt(text, end + 1)) ? -1 : end
}

function fractionEnd(text: string, at: number): number {
  const mark = text.charCodeAt(at)
  if (mark !== DOT && mark !== COMMA && mark !== COLON) return at
  const end = digitsEnd(text, at + 1, 9)
  return end === at + 1 || (mark !== DOT && end - at - 1 !== 3) ? at : end
}

function zoneEnd(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === 0x5a && !isAlphanumeric(classAt(text, at + 1))) return at + 1
  let sign = at
  if (code === SPACE_CODE) sign++
  const mark = text.charCodeAt(sign)
  if (mark !== PLUS && mark !== DASH) return at
  const hours = digitsEnd(text, sign + 1, 4)
  if (hours - sign === 5) return hours
  if (hours - sign !== 3 || text.charCodeAt(hours) !== COLON) return at
  const minutes = digitsEnd(text, hours + 1, 2)
  return minutes - hours === 3 ? minutes : at
}

function inRange(text: string, start: number, end: number, max: number): boolean {
  const value = Number(text.slice(start, end))
  return value >= 1 && value <= max
}

const MONTHS = new Set(
  'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec January February March April June July August September October November December'.split(
    ' ',
  ),
)
const WEEKDAYS = new Set(
  'Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' '),
)
const ZONES = new Set('UTC GMT EST EDT CST CDT MST MDT PST PDT CET CEST BST IST JST MSK AM PM am pm'.split(' '))

/** True for an English month, written out or as three letters, with its capital. */
export function isMonth(text: string, start: number, end: number): boolean {
  return end - start >= 3 && end - start <= 9 && MONTHS.has(text.slice(start, end))
}

export function isWeekday(text: string, start: number, end: number): boolean {
  return end - start >= 3 && end - start <= 9 && WEEKDAYS.has(text.slice(start, end))
}

/** True for the words that stand behind a time of day: zone abbreviations, AM and PM. */
export function isZone(text: string, start: number, end: number): boolean {
  return end - start <= 4 && ZONES.has(text.slice(start, end))
}
