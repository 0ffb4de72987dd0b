import type { Metric } from '../../../pipeline/model/index.ts'
import { readKey, readText } from './delimited.ts'
import { type RecordFault, TWO_KINDS } from './faults.ts'
import type { Reader } from './reader.ts'
import { readSharedField } from './record.ts'
import { fields, skipField, skipUnknown } from './skip.ts'
import { type AttributesDraft, finished, readAttribute } from './values.ts'

/** By tag in metrics.v1.Metric: what its data is called, and which fields the data's message has. */
const DATA = new Map<number, { readonly type: Metric['type']; readonly known: number }>([
  [0x2a, { type: 'gauge', known: fields(1) }],
  [0x3a, { type: 'sum', known: fields(1, 2, 3) }],
  [0x4a, { type: 'histogram', known: fields(1, 2) }],
  [0x52, { type: 'exponential_histogram', known: fields(1, 2) }],
  [0x5a, { type: 'summary', known: fields(1) }],
])
const TEMPORALITY = fields(2)
const IS_MONOTONIC = fields(3)
const METRIC = fields(1, 2, 3, 5, 7, 9, 10, 11, 12)

interface Draft {
  name: string
  description: string
  unit: string
  metadata: AttributesDraft | undefined
  /** The tag of the data, 0 where there is none. */
  dataTag: number
  temporality: number
  isMonotonic: boolean
  fault: RecordFault | undefined
}

/**
 * All of the Metric being read but its points, with the first fault in it. Reads on after a faulty field as long as its
 * length is sound, so that the points can be counted. @throws RecordFault when the framing is broken
 */
export function readMetricHead(reader: Reader): { readonly metric: Metric; readonly fault: RecordFault | undefined } {
  const draft: Draft = {
    name: '',
    description: '',
    unit: '',
    metadata: undefined,
    dataTag: 0,
    temporality: 0,
    isMonotonic: false,
    fault: undefined,
  }
  readFields(reader, draft, readField)
  const { name, description, unit, temporality, isMonotonic, fault } = draft
  const type = DATA.get(draft.dataTag)?.type ?? 'gauge'
  const metadata = finished(draft.metadata)
  return { metric: { name, description, unit, metadata, type, temporality, isMonotonic }, fault }
}

export function isMetricData(tag: number): boolean {
  return DATA.has(tag)
}

function readFields(reader: Reader, draft: Draft, read: (reader: Reader, tag: number, draft: Draft) => void): void {
  while (reader.pos < reader.end) {
    const fault = readSharedField(reader, reader.tag(), draft, read)
    draft.fault ??= fault
  }
}

function readField(reader: Reader, tag: number, draft: Draft): void {
  if (tag === 0x0a) draft.name = readKey(reader)
  else if (tag === 0x12) draft.description = readText(reader)
  else if (tag === 0x1a) draft.unit = readKey(reader)
  else if (tag === 0x62) draft.metadata = readAttribute(reader, draft.metadata)
  else if (DATA.has(tag)) {
    if (draft.dataTag !== 0 && draft.dataTag !== tag) draft.fault ??= TWO_KINDS
    draft.dataTag = tag
    const outer = reader.open()
    readFields(reader, draft, readDataField)
    reader.end = outer
  } else skipUnknown(reader, tag, METRIC)
}

function readDataField(reader: Reader, tag: number, draft: Draft): void {
  const known = DATA.get(draft.dataTag)?.known ?? 0
  if (tag === 0x0a) skipField(reader, tag)
  else if (tag === 0x10 && (known & TEMPORALITY) !== 0) draft.temporality = reader.int32()
  else if (tag === 0x18 && (known & IS_MONOTONIC) !== 0) draft.isMonotonic = reader.bool()
  else skipUnknown(reader, tag, known)
}
