/** A number as it is written: its value, and how many digits stand behind the point. */
export interface Written {
  readonly value: number
  readonly digits: number
}

const WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')
const MORE: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  hundred: 100,
  thousand: 1_000,
  million: 1_000_000,
  dozen: 12,
  half: 0.5,
  twice: 2,
  doubled: 2,
  tripled: 3,
}
/** `1` and `zero` are said of anything: "one of them". */
const FREE_WORDS = new Set(['zero', 'one'])

const PLAIN = /^[~≈≥≤+-]?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:%|ms|s|m|h|d|min|x|×|st|nd|rd|th|kb|mb|gb|mib|gib)?$/i

/** The number that a token is, in digits or as a word; undefined where it is none. */
export function numberOf(token: string): Written | undefined {
  const lower = token.toLowerCase()
  const place = WORDS.indexOf(lower)
  if (place >= 0 && !FREE_WORDS.has(lower)) return { value: place, digits: 0 }
  const more = MORE[lower]
  if (more !== undefined && lower !== 'half') return { value: more, digits: 0 }
  const [, whole, fraction = ''] = PLAIN.exec(token) ?? []
  if (whole === undefined) return undefined
  return { value: Number(`${whole.replaceAll(',', '')}.${fraction || '0'}`), digits: fraction.length }
}

const INSTANT = /\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?|\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?/g
/** Versions and addresses are names, not numbers. */
const VERSION = /\b\d+(?:\.\d+){2,}\b/g

/** The numbers of a text, without those that times, versions and ids are made of. */
export function numbersIn(text: string): number[] {
  return text
    .replaceAll(INSTANT, ' ')
    .replaceAll(VERSION, ' ')
    .split(/[\s()[\]{}"'`;:=]+/)
    .flatMap(token => numberOf(token.replace(/[.,!?]+$/, ''))?.value ?? [])
}

/** Whether it is one of them, or one of them rounded as it is written; seconds may be told of milliseconds. */
export function isKnownNumber({ value, digits }: Written, numbers: readonly number[]): boolean {
  const step = 10 ** -digits
  return numbers.some(known =>
    [known, known / 1_000].some(
      one => one === value || ((digits > 0 || one >= 2) && Math.abs(one - value) <= step / 2 + 1e-9),
    ),
  )
}
