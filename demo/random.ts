/** A seeded source of chance: everything that the demo draws comes from one of these, so that a seed fixes a run. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform whole number, both ends included. */
  int(min: number, max: number): number
  /** Uniform real number in [min, max). */
  between(min: number, max: number): number
  /** True with probability `p`. */
  chance(p: number): boolean
  pick<T>(items: readonly T[]): T
  /** Picks by weight; the weights need not add up to anything. */
  weighted<T>(choices: readonly (readonly [value: T, weight: number])[]): T
  /** Durations of real systems are about log-normal: `median` as wanted, `sigma` the width of its logarithm. */
  lognormal(median: number, sigma: number): number
  /** Gaps between independent arrivals. */
  exponential(mean: number): number
  hex(digits: number): string
  /** An independent stream: what one part of the demo draws never shifts what another part draws. */
  fork(label: string | number): Random
}

/** Streams with the same name are the same for ever; different names have nothing to do with each other. */
export function createRandom(name: string): Random {
  const word = createGenerator(name)
  const next = (): number => word() / 2 ** 32

  const random: Random = {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    between: (min, max) => min + next() * (max - min),
    chance: p => next() < p,
    pick: items => at(items, Math.floor(next() * items.length)),
    weighted(choices) {
      let left = next() * choices.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [value, weight] of choices) {
        left -= weight
        if (left < 0) return value
      }
      return at(choices, choices.length - 1)[0]
    },
    lognormal: (median, sigma) => median * Math.exp(sigma * normal(next)),
    exponential: mean => -Math.log(1 - next()) * mean,
    hex(digits) {
      let text = ''
      while (text.length < digits) text += word().toString(16).padStart(8, '0')
      return text.slice(0, digits)
    },
    fork: label => createRandom(`${name}/${label}`),
  }
  return random
}

/** Box and Muller's transform; the second value that it could give is not worth keeping. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/**
 * Small Fast Counting generator of 128 bits (Chris Doty-Humphrey, PractRand): 32 bits a call, no multiplication, passes
 * the usual batteries. The first rounds are thrown away, as its author asks for, so that similar names part ways.
 */
function createGenerator(name: string): () => number {
  let a = hash(name, 0x9e3779b9)
  let b = hash(name, 0x85ebca6b)
  let c = hash(name, 0xc2b2ae35)
  let counter = 1
  const word = (): number => {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  for (let round = 0; round < 12; round++) word()
  return word
}

/** FNV-1a over UTF-16 units, with a final mix so that a change in the last letter reaches every bit. */
function hash(text: string, basis: number): number {
  let value = basis
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d)
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b)
  return value ^ (value >>> 16)
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}
