import { addPairs, folded, foreignRuns } from './letters.ts'
import { rowsOf, wordsIn } from './pieces.ts'
import type { StaticTable } from './table.ts'

/** A longer text is cut: what is wrong stands at the head. */
const MAX_CHARS = 8_192
/** Sums of words are kept, 4 MB at 128 dimensions; a store of templates has a few thousand different words. */
const MAX_KEPT = 8_192
/** Longer runs are tokens that do not come again. */
const MAX_KEPT_CHARS = 64

const IS_WORD = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0))
const HAS_MARKS = /[^\x00-\x7f]/

export interface Embedded {
  /** Of any length; zero for a text that holds nothing to read. */
  readonly vector: Float32Array
  /** Rows that were summed. */
  readonly tokens: number
}

/**
 * Returns the function that gives the vector of a text: the sum of the rows of its words. It is a pure function of the
 * text, the table and `dimensions`, and takes 1 µs for a few words, since a word's own sum is kept.
 */
export function staticVectors(table: StaticTable, dimensions: number): (text: string) => Embedded {
  const kept = new Map<string, number>()
  const sums = new Float32Array(MAX_KEPT * dimensions)
  const counts = new Uint16Array(MAX_KEPT)
  const usual = usualLength(table)

  /** Where the sum of a run stands in `sums`. */
  const placeOf = (run: string): number => {
    const found = kept.get(run)
    if (found !== undefined) return found
    if (kept.size >= MAX_KEPT) kept.clear()
    const place = kept.size
    const sum = sums.subarray(place * dimensions, (place + 1) * dimensions).fill(0)
    counts[place] = addRun(sum, run)
    // A slice would keep the whole text that it is of in memory.
    kept.set(Buffer.from(run, 'latin1').toString('latin1'), place)
    return place
  }
  const addRun = (vector: Float32Array, run: string): number => {
    let tokens = 0
    for (const word of wordsIn(run)) {
      for (const row of rowsOf(table, word)) {
        addRow(vector, table, row)
        tokens += 1
      }
    }
    return tokens
  }

  return whole => {
    const head = whole.length > MAX_CHARS ? whole.slice(0, MAX_CHARS) : whole
    const isPlain = !HAS_MARKS.test(head)
    const text = isPlain ? head : folded(head)
    const vector = new Float32Array(dimensions)
    let tokens = 0
    for (let from = 0; from < text.length; ) {
      if (!isWordAt(text, from)) {
        from += 1
        continue
      }
      let to = from + 1
      while (to < text.length && isWordAt(text, to)) to += 1
      if (to - from > MAX_KEPT_CHARS) tokens += addRun(vector, text.slice(from, to))
      else {
        const place = placeOf(text.slice(from, to))
        tokens += counts[place]!
        for (let i = 0, at = place * dimensions; i < dimensions; i++, at++) vector[i]! += sums[at]!
      }
      from = to
    }
    if (!isPlain) {
      for (const run of foreignRuns(text)) {
        addPairs(vector, run, usual)
        tokens += 1
      }
    }
    // Cosine distance knows no zero vector, so "***" has a place too: that of its signs.
    if (tokens === 0) addPairs(vector, text, usual)
    return { vector, tokens }
  }
}

function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code < 128 && IS_WORD[code] === 1
}

function addRow(vector: Float32Array, { numbers, scales, dimensions }: StaticTable, row: number): void {
  const scale = scales[row]!
  for (let i = 0, at = row * dimensions; i < vector.length; i++, at++) vector[i]! += scale * numbers[at]!
}

/** The length of a row of the table, on average over some. */
function usualLength(table: StaticTable): number {
  const picked = Array.from({ length: 200 }, (_, nth) => Math.floor((nth * table.scales.length) / 200))
  const lengths = picked.map(row => {
    const vector = new Float32Array(table.dimensions)
    addRow(vector, table, row)
    return Math.hypot(...vector)
  })
  return lengths.reduce((sum, length) => sum + length, 0) / lengths.length
}
