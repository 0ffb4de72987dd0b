import type { AttributeValue, Fingerprint, Item, LogRecord, Span } from '../../../pipeline/model/index.ts'
import { canonicalJson } from '../dimensions.ts'
import type { Leaf } from '../shapes/tree.ts'
import { FILTER_HASHES_MAX } from './filter.ts'
import { Hashes } from './hashes.ts'
import { eachWord, hashAfter, hashOf, hashStart, literalWords } from './words.ts'

/** What some records that lie close together in time can be found by. */
export interface Block {
  firstUnixNano: bigint
  lastUnixNano: bigint
  records: number
  /** Of the fingerprints, the words that are not in their templates, and the entities' values. */
  readonly hashes: Hashes
}

/** A block is read by its time: one that is longer would have other senders' records read with its own. */
export const BLOCK_NANOS_MAX = 300_000_000_000n
/** Records of a request that lie apart, such as two files that are read at once, fill blocks of their own. */
const OPEN_BLOCKS_MAX = 4
const VALUES_PER_RECORD_MAX = 32
const VALUE_CHARS_MAX = 255
/** Templates that are remembered with their words: some 10 MB at most. */
const TEMPLATES_MAX = 16_384

/** Spaces of their own in the filter: no word holds such a character. */
export const fingerprintTerm = (id: bigint) => `#${BigInt.asUintN(64, id).toString(16).padStart(16, '0')}`
const VALUE_START = hashStart('=')
export const valueHash = (value: string) => hashAfter(VALUE_START, value)

interface Known {
  readonly hash: number
  readonly words: ReadonlySet<number>
}

/** Makes the blocks of one batch after the other. */
export class BlockCollector {
  readonly #isEntity: (key: string) => boolean
  readonly #templates = new Map<bigint, Known>()
  #open: Block[] = []
  #closed: Block[] = []
  #block: Block | undefined
  #literal: ReadonlySet<number> = NONE
  /** How many more values of the record at hand may go in. */
  #left = 0

  /** @param isEntity tells the attributes whose values are looked for */
  constructor(isEntity: (key: string) => boolean) {
    this.#isEntity = isEntity
  }

  /** `leaf` and `values`: where the record's attributes stand, if it has been looked for; else they are gone through. */
  add(item: Item, receivedUnixNano: bigint, leaf?: Leaf, values: readonly AttributeValue[] = []): void {
    let block: Block
    if ('body' in item) {
      block = this.#begin(item, item.timeUnixNano || item.observedTimeUnixNano || receivedUnixNano)
      this.#addWordsOfLog(item)
    } else if ('spanId' in item) {
      block = this.#begin(item, item.startTimeUnixNano || item.endTimeUnixNano || receivedUnixNano)
      this.#addSpan(item, block.hashes)
    } else return
    if (leaf === undefined) this.#addValues(block.hashes, item.attributes)
    else {
      const { marked } = leaf
      this.#left = VALUES_PER_RECORD_MAX
      for (let i = 0; i < marked.length; i++) this.#addValue(block.hashes, values[marked[i]!]!)
    }
  }

  #addWordsOfLog({ body, attributes, eventName }: LogRecord): void {
    if (body === null || body === '') eachWord(eventName, this.#addWord)
    else eachWord(typeof body === 'string' ? body : canonicalJson(body), this.#addWord)
    const message = attributes.get('message')
    if (typeof message === 'string') eachWord(message, this.#addWord)
  }

  #addSpan(span: Span, hashes: Hashes): void {
    this.#literal = NONE
    for (const { fingerprint } of span.otherProblems ?? []) hashes.add(this.#known(fingerprint).hash)
    for (const { attributes } of span.events) {
      const message = attributes.get('exception.message')
      if (typeof message === 'string') eachWord(message, this.#addWord)
      this.#addValues(hashes, attributes)
    }
    if (span.statusMessage !== '') eachWord(span.statusMessage, this.#addWord)
  }

  /** What was gathered since the last call. */
  take(): readonly Block[] {
    const blocks = [...this.#closed, ...this.#open]
    this.#open = []
    this.#closed = []
    this.#block = undefined
    return blocks
  }

  readonly #addWord = (hash: number): void => {
    if (!this.#literal.has(hash)) this.#block!.hashes.add(hash)
  }

  #begin(item: LogRecord | Span, time: bigint): Block {
    let block = this.#block
    if (block === undefined || block.hashes.size >= FILTER_HASHES_MAX || !reaches(block, time)) block = this.#find(time)
    this.#block = block
    if (time < block.firstUnixNano) block.firstUnixNano = time
    if (time > block.lastUnixNano) block.lastUnixNano = time
    block.records += 1
    this.#literal = NONE
    if (item.fingerprint !== undefined) {
      const { hash, words } = this.#known(item.fingerprint)
      block.hashes.add(hash)
      this.#literal = words
    }
    return block
  }

  #find(time: bigint): Block {
    const full = this.#open.findIndex(({ hashes }) => hashes.size >= FILTER_HASHES_MAX)
    if (full >= 0) this.#closed.push(...this.#open.splice(full, 1))
    const known = this.#open.find(block => reaches(block, time))
    if (known !== undefined) return known
    if (this.#open.length >= OPEN_BLOCKS_MAX) this.#closed.push(this.#open.shift()!)
    const block = { firstUnixNano: time, lastUnixNano: time, records: 0, hashes: new Hashes() }
    this.#open.push(block)
    return block
  }

  /** An error's template tells of its stack: the words of its message are words of this record alone. */
  #known(fingerprint: Fingerprint): Known {
    let known = this.#templates.get(fingerprint.id)
    if (known === undefined) {
      const words = fingerprint.kind === 'log' ? literalWords(fingerprint.template) : NONE
      known = { hash: hashOf(fingerprintTerm(fingerprint.id)), words }
      if (this.#templates.size >= TEMPLATES_MAX) this.#templates.clear()
      this.#templates.set(fingerprint.id, known)
    }
    return known
  }

  #addValues(hashes: Hashes, attributes: ReadonlyMap<string, AttributeValue>): void {
    this.#left = VALUES_PER_RECORD_MAX
    for (const [key, value] of attributes) if (this.#isEntity(key)) this.#addValue(hashes, value)
  }

  #addValue(hashes: Hashes, value: AttributeValue): void {
    if (Array.isArray(value)) {
      for (const one of value) this.#addScalar(hashes, one)
    } else this.#addScalar(hashes, value)
  }

  #addScalar(hashes: Hashes, value: AttributeValue): void {
    const text = typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : ''
    if (text === '' || text.length > VALUE_CHARS_MAX || this.#left === 0) return
    this.#left -= 1
    hashes.add(valueHash(text))
  }
}

const NONE: ReadonlySet<number> = new Set()

/** The block would not get too long by a record of that time. */
function reaches({ firstUnixNano, lastUnixNano }: Block, time: bigint): boolean {
  return time - firstUnixNano <= BLOCK_NANOS_MAX && lastUnixNano - time <= BLOCK_NANOS_MAX
}

/** Puts blocks of several requests together that lie in the same time: a row and a filter each cost more than one. */
export function joined(blocks: readonly Block[]): readonly Block[] {
  const all: Block[] = []
  const own = new Set<Block>()
  for (const block of blocks) {
    let last = all.at(-1)
    const isRoom = last !== undefined && last.hashes.size + block.hashes.size <= FILTER_HASHES_MAX
    if (last === undefined || !isRoom || !reaches(last, block.firstUnixNano) || !reaches(last, block.lastUnixNano)) {
      all.push(block)
      continue
    }
    // What a batch holds may be committed once more: it stays as it is.
    if (!own.has(last)) {
      const hashes = new Hashes()
      hashes.addAll(last.hashes)
      last = { ...last, hashes }
      all[all.length - 1] = last
      own.add(last)
    }
    last.hashes.addAll(block.hashes)
    last.records += block.records
    if (block.firstUnixNano < last.firstUnixNano) last.firstUnixNano = block.firstUnixNano
    if (block.lastUnixNano > last.lastUnixNano) last.lastUnixNano = block.lastUnixNano
  }
  return all
}
