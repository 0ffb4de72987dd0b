import {
  CLIENT,
  DURATION,
  FIRST_VARIABLE,
  HOST,
  IP,
  type Kind,
  NUM,
  PUNCTUATION,
  QUOTED,
  SIZE,
  TIME,
  WORD,
} from './kinds.ts'
import { spacedUnit } from './quantities.ts'
import { isMonth, isWeekday, isZone } from './timestamps.ts'
import { foldLast, isMarkBack, kindBack, tokens } from './tokens.ts'

/*
 * What one variable is to a reader may be several tokens: `18.4 KB`, `Fri Jun 17 07:07:00 PDT 2005`, `<1 sec`,
 * `5174 bytes (5.05 KB)`. These join the tokens that were pushed last, each time one is pushed that may complete such.
 */

const COMMA = 0x2c
const OPEN_PARENTHESIS = 0x28
const OPEN_BRACKET = 0x5b

/** After a word: a unit behind its number, a month behind its day, a zone behind the time. True when it was joined. */
export function foldWord(text: string): boolean {
  const before = kindBack(2)
  if (before !== NUM && before !== TIME) return false
  const last = tokens.length - 1
  const start = tokens.starts[last]!
  const end = tokens.ends[last]!
  if (tokens.spaced[last] === 0) return false
  if (before === TIME) {
    if (!isZone(text, start, end)) return false
    foldLast(2, TIME, end)
    return true
  }
  const unit = spacedUnit(text, start, end)
  if (unit >= 0) {
    foldLast(2, unit, end)
    foldComparison(text)
    return true
  }
  if (!isDay(text, last - 1) || !isMonth(text, start, end)) return false
  foldLast(2, TIME, end)
  foldWeekday(text)
  return true
}

/** After a number: the day behind its month, the year behind a date in words. */
export function foldNumber(text: string): void {
  const last = tokens.length - 1
  const before = last - 1
  if (before < 0 || tokens.spaced[last] === 0) return
  const end = tokens.ends[last]!
  if (tokens.kinds[before] === WORD) {
    if (!isDay(text, last) || !isMonth(text, tokens.starts[before]!, tokens.ends[before]!)) return
    foldLast(2, TIME, end)
    foldWeekday(text)
  } else if (isYear(text, last)) {
    if (tokens.kinds[before] === TIME) foldLast(2, TIME, end)
    else if (isMarkBack(text, 2, COMMA) && kindBack(3) === TIME) foldLast(3, TIME, end)
  }
}

/** After a date or time of day: what stands before it of the same moment. */
export function foldTime(text: string): void {
  const end = tokens.ends[tokens.length - 1]!
  if (kindBack(2) === TIME) foldLast(2, TIME, end)
  else {
    foldWeekday(text)
    foldClient(text)
  }
}

/** `10.0.3.7 - ana [`, `10.0.3.7 - - [`: as long as the head of an access log's line may be. */
const MAX_CLIENT_TOKENS = 6

/** In an access log's line (Common Log Format): who asks stands between the address and the time, as `-` or a name. */
function foldClient(text: string): void {
  const { length } = tokens
  if (length < 4 || length > MAX_CLIENT_TOKENS || !isMarkBack(text, 2, OPEN_BRACKET)) return
  if (tokens.kinds[0] !== IP && tokens.kinds[0] !== HOST) return
  const [bracket, time] = [length - 2, length - 1]
  tokens.kinds[1] = CLIENT
  tokens.ends[1] = tokens.ends[bracket - 1]!
  for (const [to, from] of [
    [2, bracket],
    [3, time],
  ] as const) {
    tokens.kinds[to] = tokens.kinds[from]!
    tokens.spaced[to] = tokens.spaced[from]!
    tokens.starts[to] = tokens.starts[from]!
    tokens.ends[to] = tokens.ends[from]!
  }
  tokens.length = 4
}

/** After a size or duration: `<`, `>` or `~` right before it, where no arrow or tag ends in it. */
export function foldComparison(text: string): void {
  const last = tokens.length - 1
  if (last < 1 || tokens.spaced[last] !== 0 || tokens.kinds[last - 1] !== PUNCTUATION) return
  const code = text.charCodeAt(tokens.starts[last - 1]!)
  if (code !== 0x3c && code !== 0x3e && code !== 0x7e) return
  if (tokens.spaced[last - 1] === 0 && last > 1 && !isMarkBack(text, 3, OPEN_PARENTHESIS)) return
  foldLast(2, tokens.kinds[last]!, tokens.ends[last]!)
}

/** After `)`: a quantity that says again, in other units, what stands before the parenthesis. */
export function foldRestatement(text: string): void {
  const kind: Kind = kindBack(2)
  if ((kind !== SIZE && kind !== DURATION) || kindBack(4) !== kind) return
  if (isMarkBack(text, 3, OPEN_PARENTHESIS) && tokens.spaced[tokens.length - 3] === 1)
    foldLast(4, kind, tokens.ends[tokens.length - 1]!)
}

function foldWeekday(text: string): void {
  const end = tokens.ends[tokens.length - 1]!
  const back = isMarkBack(text, 2, COMMA) ? 3 : 2
  if (kindBack(back) !== WORD) return
  const word = tokens.length - back
  if (isWeekday(text, tokens.starts[word]!, tokens.ends[word]!)) foldLast(back, TIME, end)
}

function isDay(text: string, index: number): boolean {
  const start = tokens.starts[index]!
  const length = tokens.ends[index]! - start
  return length === 1 || (length === 2 && text.charCodeAt(start) <= 0x33)
}

function isYear(text: string, index: number): boolean {
  const start = tokens.starts[index]!
  if (tokens.ends[index]! - start !== 4) return false
  return text.startsWith('20', start) || text.startsWith('19', start)
}

/**
 * After any variable: the third element of a list joins the second, and so does every later one. A list has the template
 * of its first two elements, however long it is: ids to delete, addresses in a ring, frames on a stack.
 */
export function foldList(text: string): void {
  const size = elementSize()
  if (size === 0) return
  const { length } = tokens
  const hasSeparator = tokens.kinds[length - size - 1] === PUNCTUATION ? 1 : 0
  const period = size + hasSeparator
  const first = length - size - 2 * period
  if (first < 0) return
  for (let index = length - period; index < length; index++) {
    if (tokens.spaced[index] !== tokens.spaced[index - period] || !isSame(text, index, index - period)) return
  }
  for (let index = length - size; index < length; index++) if (!isSame(text, index, index - 2 * period)) return
  tokens.length = length - period
  if (size === 3) {
    // The quotation marks stay what they are: it is the text between them that now holds the rest.
    tokens.ends[tokens.length - 2] = tokens.ends[length - 2]!
    tokens.starts[tokens.length - 1] = tokens.starts[length - 1]!
  }
  tokens.ends[tokens.length - 1] = tokens.ends[length - 1]!
}

/** How many tokens the element of a list has that ends here: `<num>`, `blk_<num>`, `'<quoted>'`. 0 where none does. */
function elementSize(): number {
  const last = kindBack(1)
  if (last >= FIRST_VARIABLE) return kindBack(2) === WORD && tokens.spaced[tokens.length - 1] === 0 ? 2 : 1
  return last === PUNCTUATION && kindBack(2) === QUOTED ? 3 : 0
}

function isSame(text: string, one: number, two: number): boolean {
  const kind = tokens.kinds[one]!
  if (kind !== tokens.kinds[two]) return false
  if (kind >= FIRST_VARIABLE) return true
  const start = tokens.starts[one]!
  const length = tokens.ends[one]! - start
  const other = tokens.starts[two]!
  if (tokens.ends[two]! - other !== length) return false
  for (let offset = 0; offset < length; offset++) {
    if (text.charCodeAt(start + offset) !== text.charCodeAt(other + offset)) return false
  }
  return true
}
