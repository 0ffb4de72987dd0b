import { type Account, isAmong, type LogRecord } from '../../../pipeline/model/index.ts'
import type { Dimensions } from '../dimensions.ts'
import type { Pen } from '../rows/pen.ts'
import type { CopyTable } from '../table.ts'
import { type Column, writeCell } from './cells.ts'
import type { EventTableConfig } from './config.ts'
import { type Event, REST, readSource, restOf, type Source, type SourceValue } from './sources.ts'

/** A table that records with certain event names go into instead of application_logs. */
export interface EventTable {
  readonly copy: CopyTable
  readonly events: readonly string[]
  /** Whether records of the batch that are named so may fill it. */
  admits(account: Account, eventName: string): boolean
  write(pen: Pen, log: LogRecord, dimensions: Dimensions, receivedUnixNano: bigint): void
}

/**
 * Where every event table keeps what all records have, under these names unless its columns take the source under
 * another: one query can then read all tables, and nothing of a record is lost.
 */
const FRAME = {
  timestamp: 'time',
  service: 'service',
  environment: 'environment',
  service_version: 'release',
  fingerprint: 'fingerprint',
  resource_id: 'resource_id',
  scope_id: 'scope_id',
  attributes: REST,
} as const

/** The columns of the map and of the frame, each with the names of its sources. */
export function mappedColumns({ columns }: EventTableConfig): ReadonlyMap<string, readonly string[]> {
  const mapped = new Map(Object.entries(columns).map(([name, sources]) => [name, [sources].flat()]))
  const taken = new Set([...mapped.values()].flat())
  for (const [name, source] of Object.entries(FRAME)) {
    if (!taken.has(source) && !mapped.has(name)) mapped.set(name, [source])
  }
  return mapped
}

/** `columns` are those of `mappedColumns`, as the database has them. */
export function createEventTable(name: string, config: EventTableConfig, columns: readonly Column[]): EventTable {
  const mapped = mappedColumns(config)
  const admitted = new Set(config.receivers)
  const cells = columns.map(column => ({ column, ...cellOf(mapped.get(column.name) ?? []) }))
  const copy: CopyTable = {
    name,
    columns: columns.map(({ name, type }) => [name, type]),
    origin: {
      fingerprint: nameOf(mapped, 'fingerprint'),
      service: nameOf(mapped, 'service'),
      environment: nameOf(mapped, 'environment'),
      service_version: nameOf(mapped, 'release'),
    },
    isBehindRowSecurity: false,
  }
  return {
    copy,
    events: config.events,
    admits: ({ receiver, vouchesFor = [] }, eventName) =>
      admitted.has('*') ||
      admitted.has(receiver) ||
      admitted.has(receiver.split('/', 1)[0]!) ||
      isAmong(vouchesFor, eventName),
    write(pen, log, dimensions, receivedUnixNano) {
      const event = { log, dimensions, receivedUnixNano }
      const values = cells.map(({ sources }) => firstOf(sources ?? [], event))
      // A source that another one came before is not taken: its value goes where the rest goes.
      const taken = new Set(values.map(({ name }) => name))
      pen.out.rowStart(cells.length)
      cells.forEach(({ column, sources, names }, i) => {
        if (sources === undefined) pen.json.attributesField(restOf(log, taken))
        else writeCell(pen, values[i]?.value, column, names)
      })
    },
  }
}

/** Without sources, the cell is the rest. */
function cellOf(names: readonly string[]): { readonly sources: readonly Source[] | undefined; readonly names: string } {
  const sources = names.flatMap(name => readSource(name).source ?? [])
  return { sources: names.includes(REST) ? undefined : sources, names: names.join(' or ') }
}

function firstOf(sources: readonly Source[], event: Event): { readonly name: string; readonly value: SourceValue } {
  for (const { name, read } of sources) {
    const value = read(event)
    if (value !== undefined && value !== '') return { name, value }
  }
  return { name: '', value: undefined }
}

/** The column that takes a source of the frame: `mappedColumns` makes sure that there is one. */
function nameOf(mapped: ReadonlyMap<string, readonly string[]>, source: string): string {
  for (const [name, sources] of mapped) if (sources.includes(source)) return name
  return source
}

/** Finds the table of an event name: the exact name, else the longest beginning. */
export function eventTableFinder(tables: readonly EventTable[]): (eventName: string) => EventTable | undefined {
  const exact = new Map<string, EventTable>()
  const beginnings: { readonly text: string; readonly table: EventTable }[] = []
  for (const table of tables) {
    for (const event of table.events) {
      if (event.endsWith('*')) beginnings.push({ text: event.slice(0, -1), table })
      else exact.set(event, table)
    }
  }
  beginnings.sort((a, b) => b.text.length - a.text.length)
  return eventName =>
    eventName === ''
      ? undefined
      : (exact.get(eventName) ?? beginnings.find(({ text }) => eventName.startsWith(text))?.table)
}
