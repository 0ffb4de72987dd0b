import type { Evidence } from './evidence.ts'
import { isKnownNumber, numberOf, numbersIn } from './numbers.ts'

const CHARS_MIN = 40
const CHARS_MAX = 2_400
const SHOWN_CHARS_MAX = 60

/**
 * Why a text may not stand for the report; undefined where it may. Each sentence names evidence that there is, and no
 * sentence names an id, a number, a time, a file, a quotation or a service that no evidence has. What plain words say
 * cannot be checked: that is why the evidence is shown beside them.
 *
 * @param otherNames names of services, of which those without evidence may not be named
 */
export function faultOfProse(
  text: string,
  evidence: readonly Evidence[],
  otherNames: readonly string[],
): string | undefined {
  if (text.length < CHARS_MIN) return 'it says next to nothing'
  if (text.length > CHARS_MAX) return `it is longer than ${CHARS_MAX} characters`
  if (/:\/\/|www\.|\]\(|<[a-z!/@#]/i.test(text)) return 'it holds a link or markup'
  const refs = new Set(evidence.map(({ ref }) => ref))
  const known = knowledgeOf(evidence)
  for (const sentence of sentencesOf(text)) {
    const cited = [...sentence.matchAll(/\[([^\]]{0,40})\]/g)].flatMap(([, inside = '']) => inside.split(/[\s,;]+/))
    const foreign = cited.find(ref => !refs.has(ref))
    if (foreign !== undefined) return `it cites ${shown(foreign)}, which is no evidence of this report`
    const bare = sentence.replaceAll(/\[[^\]]*\]/g, ' ')
    if (cited.length === 0 && /\p{L}/u.test(bare)) return `it claims without evidence: ${shown(sentence.trim())}`
    const [unknown] = unknownsIn(bare, known)
    if (unknown !== undefined) return `it names ${shown(unknown)}, which no evidence of this report has`
  }
  const named = otherNames.find(name => !known.has(name) && hasName(text, name))
  return named === undefined ? undefined : `it names the service ${shown(named)}, of which this report says nothing`
}

const UNFOUNDED_MAX = 8

/** Ids, numbers, names and quotations of a text that none of these sources has; the first few. */
export function unfoundedNames(text: string, sources: readonly string[]): string[] {
  const known = knowledgeOf(sources.map((source, i) => ({ ref: `E${i + 1}`, text: source })))
  const names = sentencesOf(text.slice(0, CHARS_MAX * 4)).flatMap(sentence => [...unknownsIn(sentence, known)])
  return [...new Set(names)].slice(0, UNFOUNDED_MAX).map(name => name.slice(0, SHOWN_CHARS_MAX))
}

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text)
}

/** Sentences with the evidence that stands behind their full stop, too. */
function sentencesOf(text: string): string[] {
  return text
    .replaceAll(/([.!?:]["”’)]*)\s*((?:\[[^\]]{0,40}\]\s*)+)/g, ' $2$1 ')
    .split(/(?<=[.!?]["”’)]*)\s+(?=[\p{Lu}"“(*-])|\n+/u)
    .filter(sentence => /[\p{L}\p{N}]/u.test(sentence))
}

interface Knowledge {
  /** Whether the evidence has this text, as whole words. */
  has(text: string): boolean
  readonly words: ReadonlySet<string>
  readonly numbers: readonly number[]
}

/** What goes on behind one of these is another name: rates.ts is not exchange-rates.ts. */
const EDGE = /[\p{L}\p{N}_-]/u

function knowledgeOf(evidence: readonly Evidence[]): Knowledge {
  const whole = evidence.map(({ text }) => plain(text)).join('\n')
  return {
    has(text) {
      const wanted = plain(text)
      for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + 1)) {
        const [before = '', after = ''] = [whole[at - 1], whole[at + wanted.length]]
        const isOpen = (edge: string, inner = '') => !(EDGE.test(edge) && EDGE.test(inner))
        if (isOpen(before, wanted[0]) && isOpen(after, wanted.at(-1))) return true
      }
      return false
    },
    words: new Set(whole.split(/[^\p{L}\p{N}]+/u)),
    numbers: evidence.flatMap(({ text }) => numbersIn(text)),
  }
}

function plain(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/[“”]/g, '"')
      .replaceAll('’', "'")
      .replaceAll(/\s+/g, ' ')
      // A time may be told without its day and zone.
      .replaceAll(/(?<=\d)t(?=\d\d:)/g, ' ')
      .replaceAll(/(?<=:\d\d(?:\.\d+)?)z/g, '')
  )
}

/** Said of anything. */
const COMMON = new Set(['e.g', 'i.e', 'and/or', 'http', 'https', 'json', 'i'])

/** The parts of a sentence that name something which the evidence does not have: quotations, then words. */
function* unknownsIn(sentence: string, known: Knowledge): Generator<string> {
  const quotes = [...sentence.matchAll(/`([^`]+)`|"([^"]+)"|“([^”]+)”/g)]
  const quoted = quotes.map(([, ...parts]) =>
    parts
      .find(part => part !== undefined)!
      .replace(/[.,;]$/, '')
      .trim(),
  )
  const foreign = quoted.filter(text => text !== '' && !known.has(text))
  yield* foreign
  // A quotation is told whole, not once more by its words.
  const rest = foreign.reduce((text, quotation) => text.replaceAll(quotation, ' '), sentence)
  let isFirst = true
  for (const written of rest.split(/[\s`"“”]+/)) {
    const token = written.replace(/^[^\p{L}\p{N}/]+|[^\p{L}\p{N}%/]+$/gu, '').replace(/['’]s$/, '')
    if (token === '') continue
    const isCapital = !isFirst && /^\p{Lu}\p{Ll}/u.test(token) && !known.has(token)
    if (!COMMON.has(token.toLowerCase()) && (isCapital || !isKnown(token, known))) yield token
    isFirst = /[:(]$/.test(written)
  }
}

function isKnown(token: string, known: Knowledge): boolean {
  const number = numberOf(token)
  if (number !== undefined) return isKnownNumber(number, known.numbers)
  if (!isName(token) || known.has(token) || isBeginning(token, known)) return true
  // 5-minute: words joined by a hyphen are looked at one by one.
  const parts = token.split(/[-–—]+/).filter(Boolean)
  const isJoined = parts.length > 1 && parts.every(part => /^\p{L}+$/u.test(part) || numberOf(part) !== undefined)
  return isJoined && parts.every(part => isKnown(part, known))
}

/** What is no plain word: an id, a version, a file, a name of a program. */
function isName(token: string): boolean {
  return /^[0-9a-f]{7,}$|\p{N}|[_/\\@#$=]|\p{L}[.:]+\p{L}|\p{Ll}\p{Lu}|^\p{Lu}{4,}$/u.test(token)
}

/** People write ids short: seven digits or more, as git does. */
function isBeginning(token: string, known: Knowledge): boolean {
  const id = token.toLowerCase()
  return /^[0-9a-f]{7,}$/.test(id) && [...known.words].some(word => word.startsWith(id))
}

function hasName(text: string, name: string): boolean {
  const at = plain(text).indexOf(plain(name))
  if (name.trim() === '' || at < 0) return false
  const [before = ' ', after = ' '] = [plain(text)[at - 1], plain(text)[at + name.length]]
  return !EDGE.test(before) && !EDGE.test(after)
}
