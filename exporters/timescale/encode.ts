import { errorText } from '../../pipeline/errors.ts'
import type {
  Batch,
  BatchOf,
  Item,
  ItemOf,
  LogRecord,
  RejectedRecord,
  RejectReason,
  Signal,
} from '../../pipeline/model/index.ts'
import { BoundedNames } from '../../store/red/names.ts'
import { ArenaPool, type Slice } from './arena.ts'
import { type Block, BlockCollector, joined } from './blocks/collect.ts'
import { entityMatcher } from './blocks/entities.ts'
import { BLOCK_ROW_BYTES, writeBlock } from './blocks/rows.ts'
import { CopyBuffer } from './copy-buffer.ts'
import type { DictionaryRow } from './dictionary.ts'
import { DimensionCache, type Dimensions } from './dimensions.ts'
import type { EventTable } from './events/tables.ts'
import { JsonWriter } from './json.ts'
import { KeyCache, PromotedAttributes } from './promoted.ts'
import { recordJson } from './record-json.ts'
import { RedCollector, type RedCounts } from './red/collect.ts'
import { gathered, RED_ROW_BYTES, writeRed } from './red/rows.ts'
import { type Entry, serviceKey } from './red/series.ts'
import { type LetterOrigin, writeDeadLetter } from './rows/dead-letters.ts'
import { LOG_HEAD, LOG_TABLE, writeLog } from './rows/logs.ts'
import { METRIC_TABLE, POINT_HEAD, writeMetricPoint } from './rows/metrics.ts'
import type { Pen } from './rows/pen.ts'
import { Sightings } from './rows/sightings.ts'
import { SPAN_HEAD, SPAN_TABLE, writeSpan } from './rows/spans.ts'
import { ShapeTree } from './shapes/tree.ts'
import type { CopyTable } from './table.ts'

/** A batch as the database takes it. Holds no record: those are garbage once they are encoded. */
export interface EncodedBatch extends LetterOrigin {
  readonly received: number
  /** Records of the batch: rows, and those that could not be encoded. */
  readonly items: number
  /** The rows of each table that the batch goes into. */
  readonly parts: readonly Part[]
  /** Of all parts together. */
  readonly rows: number
  readonly deadLetters: Slice
  /** Rows of fingerprint_sightings: what the batch held of each fingerprint. */
  readonly sightings: Slice
  /** What the batch's logs or spans are found by; written with those of the group that it is committed in. */
  readonly blocks: readonly Block[]
  /** What the batch's spans count for as requests and calls; written with those of the group. */
  readonly red: RedCounts
  readonly dropped: ReadonlyMap<string, number>
  readonly rejected: ReadonlyMap<RejectReason, number>
  /** How many of the rejected ones this exporter rejected. */
  readonly refused: number
  /** Table → records that were named as its events by a receiver that may not fill it: they are ordinary logs. */
  readonly unvouched: ReadonlyMap<string, number>
  /** The rows of dictionaries that the batch's rows refer to. */
  readonly dictionary: ReadonlySet<DictionaryRow>
  /** The day of the latest record, since 1970: so long the dictionaries' rows are needed. */
  readonly lastDay: number
  /** Bytes of all slices. */
  readonly bytes: number
}

/** Rows of one table. */
export interface Part {
  readonly table: CopyTable
  readonly rows: Slice
}

const TABLES: Record<Signal, CopyTable> = { traces: SPAN_TABLE, logs: LOG_TABLE, metrics: METRIC_TABLE }
type RowWriter<T extends Item> = (pen: Pen, item: T, dimensions: Dimensions, receivedUnixNano: bigint) => void
const WRITERS: { [S in Signal]: RowWriter<ItemOf[S]> } = {
  traces: writeSpan,
  logs: writeLog,
  metrics: writeMetricPoint,
}

/** Bytes of a row beside what the request's own encoding had: lengths, times, names that OTLP sends once. */
const ROW_OVERHEAD_BYTES = 256
const DAY_NANOS = 86_400_000_000_000n
/** A template and a sample of some length, and the names of service and release. */
const SIGHTING_BYTES = 512

/** Turns batches into rows. One for each exporter: it holds the memory that the rows are written to. */
export class Encoder {
  readonly pool = new ArenaPool()
  readonly #out = new CopyBuffer(this.pool)
  readonly #dimensions = new DimensionCache()
  readonly #sightings = new Sightings()
  readonly #blocks: BlockCollector
  readonly #red: RedCollector
  readonly #operations: BoundedNames
  readonly #peers: BoundedNames
  readonly #pen: Pen
  /** Names the table of an event; set once the database has been asked what its tables look like. */
  eventTable: (eventName: string) => EventTable | undefined = () => undefined
  #dictionary = new Set<DictionaryRow>()
  #lastUsed: DictionaryRow | undefined
  #lastUnixNano = 0n

  /**
   * @param entities patterns of the attributes whose values are looked for
   * @param operationsMax distinct operations of a service that are counted by themselves, and as many that it calls
   */
  constructor(entities: readonly string[] = [], operationsMax = 300) {
    this.#operations = new BoundedNames(operationsMax, { masksIds: true })
    this.#peers = new BoundedNames(operationsMax, { masksIds: false })
    this.#red = new RedCollector(this.#operations, this.#peers, row => this.#dictionary.add(row))
    const isMarked = entityMatcher(entities)
    this.#blocks = new BlockCollector(isMarked)
    const columns = ['request_id', 'user_id', 'deal_id'] as const
    const errorColumns = ['error_type', 'error_message', 'error_stack'] as const
    this.#pen = {
      out: this.#out,
      json: new JsonWriter(this.#out, new KeyCache()),
      promoted: new PromotedAttributes(),
      trees: {
        spans: new ShapeTree({ head: SPAN_HEAD, columns: new Set(columns), isMarked }),
        logs: new ShapeTree({ head: LOG_HEAD, columns: new Set([...columns, ...errorColumns]), isMarked }),
        points: new ShapeTree({ head: POINT_HEAD, columns: new Set(), sharesAll: true }),
      },
      leaf: undefined,
      use: row => {
        if (row === this.#lastUsed) return
        this.#lastUsed = row
        this.#dictionary.add(row)
      },
      seen: unixNano => {
        if (unixNano > this.#lastUnixNano) this.#lastUnixNano = unixNano
      },
    }
  }

  /** What the store counts a service's requests and calls by: so it goes on. */
  know(service: string, environment: string, operation: string, peer: string | null): void {
    const key = serviceKey(service, environment)
    this.#operations.know(key, operation)
    if (peer !== null) this.#peers.know(key, peer)
  }

  /** Every batch that comes out must be given to `release`, once, when its bytes are needed no more. */
  encode(batch: Batch): EncodedBatch {
    this.#dictionary = new Set()
    this.#lastUsed = undefined
    this.#lastUnixNano = BigInt(Date.now()) * 1_000_000n
    const refused: RejectedRecord[] = []
    const unvouched = new Map<string, number>()
    const parts = this.#parts(batch, refused, unvouched)
    const rejected = [...batch.account.rejected, ...refused]
    const origin = { id: batch.id, signal: batch.signal, receiver: batch.account.receiver }
    const deadLetters = this.deadLetters(origin, rejected)
    const sightings = this.#closeSightings()
    const blocks = this.#blocks.take()
    const red = this.#red.take()
    return {
      ...origin,
      received: batch.account.received,
      items: batch.items.length,
      parts,
      rows: batch.items.length - refused.length,
      deadLetters,
      sightings,
      blocks,
      red,
      dropped: batch.account.dropped,
      rejected: countByReason(rejected),
      refused: refused.length,
      unvouched,
      dictionary: this.#dictionary,
      lastDay: Number(this.#lastUnixNano / DAY_NANOS),
      bytes: [...parts.map(({ rows }) => rows), deadLetters, sightings].reduce(
        (sum, slice) => sum + slice.end - slice.start,
        0,
      ),
    }
  }

  /** Rows of dead_letters; the caller releases the slice. */
  deadLetters(origin: LetterOrigin, records: readonly RejectedRecord[]): Slice {
    this.#out.open(records.reduce((bytes, record) => bytes + record.raw.length + ROW_OVERHEAD_BYTES, 0))
    for (const record of records) writeDeadLetter(this.#out, origin, record)
    return this.#out.close(records.length)
  }

  release(batch: EncodedBatch): void {
    for (const { rows } of batch.parts) this.#out.release(rows)
    this.#out.release(batch.deadLetters)
    this.#out.release(batch.sightings)
  }

  /** Rows of the blocks of batches that are committed together; the caller releases the slice. */
  blocks(batches: readonly EncodedBatch[]): Slice {
    const blocks = joined(batches.flatMap(batch => batch.blocks))
    this.#out.open(blocks.length * BLOCK_ROW_BYTES)
    for (const block of blocks) writeBlock(this.#out, block)
    return this.#out.close(blocks.length)
  }

  /** Rows of what batches that are committed together count for; the caller releases the slice. */
  red(batches: readonly EncodedBatch[]): Slice {
    const rows = gathered(batches.map(batch => batch.red))
    this.#out.open(rows.length * RED_ROW_BYTES)
    for (const entries of rows) writeRed(this.#out, entries)
    return this.#out.close(rows.length)
  }

  /** Rows that take back what rows of the batch counted for; the caller releases the slice. */
  redTakenBack(entries: readonly Entry[]): Slice {
    this.#out.open(entries.length * RED_ROW_BYTES)
    for (const entry of entries) writeRed(this.#out, [entry], -1)
    return this.#out.close(entries.length)
  }

  #closeSightings(): Slice {
    const { count } = this.#sightings
    this.#out.open(count * SIGHTING_BYTES)
    this.#sightings.write(this.#out)
    this.#sightings.clear()
    return this.#out.close(count)
  }

  releaseSlice(slice: Slice): void {
    this.#out.release(slice)
  }

  #parts(batch: Batch, refused: RejectedRecord[], unvouched: Map<string, number>): Part[] {
    // The signal names the type of the items, which TypeScript loses in the lookup.
    const write = WRITERS[batch.signal] as RowWriter<Item>
    const part = (table: CopyTable, items: readonly Item[], bytes: number, write: RowWriter<Item>): Part => {
      const before = refused.length
      this.#out.open(bytes + items.length * ROW_OVERHEAD_BYTES)
      this.#rows(items, write, refused)
      return { table, rows: this.#out.close(items.length - (refused.length - before)) }
    }
    if (batch.signal !== 'logs') return [part(TABLES[batch.signal], batch.items, batch.bytes, write)]
    const { others, events } = this.#byTable(batch, unvouched)
    const share = (items: readonly Item[]) => Math.ceil((batch.bytes * items.length) / (batch.items.length || 1))
    const parts = [...events].map(([table, logs]) =>
      part(table.copy, logs, share(logs), table.write as RowWriter<Item>),
    )
    if (others.length > 0 || parts.length === 0) parts.unshift(part(LOG_TABLE, others, share(others), write))
    return parts
  }

  /** Events with a table of their own, by table; the others as they came. */
  #byTable({ items: logs, account }: BatchOf<'logs'>, unvouched: Map<string, number>) {
    const events = new Map<EventTable, LogRecord[]>()
    const others: LogRecord[] = []
    for (const log of logs) {
      const table = log.eventName === '' ? undefined : this.eventTable(log.eventName)
      if (table === undefined || !table.admits(account, log.eventName)) {
        others.push(log)
        if (table !== undefined) unvouched.set(table.copy.name, (unvouched.get(table.copy.name) ?? 0) + 1)
        continue
      }
      const same = events.get(table)
      if (same === undefined) events.set(table, [log])
      else same.push(log)
    }
    return { others: events.size === 0 ? logs : others, events }
  }

  #rows(items: readonly Item[], write: RowWriter<Item>, refused: RejectedRecord[]): void {
    const receivedUnixNano = BigInt(Date.now()) * 1_000_000n
    const pen = this.#pen
    let dimensions: Dimensions | undefined
    for (const item of items) {
      const before = this.#out.written
      try {
        if (dimensions === undefined || dimensions.of !== item.resource || dimensions.in !== item.scope) {
          dimensions = this.#dimensions.get(item.resource, item.scope)
          this.#dictionary.add(dimensions.resource).add(dimensions.scope)
        }
        pen.leaf = undefined
        write(pen, item, dimensions, receivedUnixNano)
        this.#sightings.add(item, dimensions, receivedUnixNano)
        this.#blocks.add(
          item,
          receivedUnixNano,
          pen.leaf,
          'body' in item ? pen.trees.logs.values : pen.trees.spans.values,
        )
        // The last, which never fails: what is counted here is written.
        if ('links' in item) this.#red.add(item, dimensions, receivedUnixNano)
      } catch (error) {
        // Whatever a record holds, it must not keep its neighbours from being stored.
        this.#out.rewind(before)
        refused.push(refusal(item, error))
      }
    }
  }
}

/** A record that cannot be encoded is kept as what it was, as far as JSON can tell. */
function refusal(item: Item, error: unknown): RejectedRecord {
  const message = `the record cannot be stored: ${errorText(error)}`
  return { reason: 'refused', message, raw: recordJson(item), contentType: 'application/json' }
}

function countByReason(records: readonly RejectedRecord[]): Map<RejectReason, number> {
  const counts = new Map<RejectReason, number>()
  for (const { reason } of records) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return counts
}
