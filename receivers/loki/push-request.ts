import { z } from 'zod'

/** Lines of one stream, as Loki's push API and its tail have them. */
export interface Stream {
  readonly labels: Readonly<Record<string, string>>
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly timeUnixNano: bigint
  readonly line: string
  /** Structured metadata. */
  readonly metadata: Readonly<Record<string, string>>
}

/** The text is not what Loki's API takes; the message says what is wrong. */
export class PushFault extends Error {}

const decoder = new TextDecoder()

/**
 * UTF-8, with U+FFFD for what is none: agents send the lines of any file as they find them, and drop the whole request
 * that is refused.
 */
export function repairedText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

const nanos = z.string().regex(/^-?\d{1,19}$/, { abort: true })
const LINE = 'send ["<nanoseconds since 1970 as text>", "<line>"], and an object of structured metadata as third if any'
const labels = z.record(z.string(), z.string())

/** `POST /loki/api/v1/push` in JSON; the messages of the tail look the same. */
export const pushJson = z.looseObject({
  streams: z.array(
    z.looseObject({
      stream: labels,
      values: z.array(
        z.union([z.tuple([nanos, z.string()]), z.tuple([nanos, z.string(), z.record(z.string(), z.unknown())])], LINE),
      ),
    }),
  ),
})

export function streamsOfJson({ streams }: z.output<typeof pushJson>): Stream[] {
  return streams.map(({ stream, values }) => ({
    labels: stream,
    entries: values.map(([time, line, metadata = {}]) => ({
      timeUnixNano: BigInt(time),
      line,
      metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)])),
    })),
  }))
}

/** logproto.PushRequest: 1 streams {1 labels, 2 entries {1 timestamp, 2 line, 3 metadata}}. @throws PushFault */
export function streamsOfProtobuf(bytes: Uint8Array): Stream[] {
  return fieldsOf(bytes)
    .filter(({ number }) => number === 1)
    .map(({ data }) => {
      const fields = fieldsOf(data)
      return {
        labels: parseLabels(textOf(fields, 1)),
        entries: fields.filter(({ number }) => number === 2).map(({ data }) => entryOf(data)),
      }
    })
}

function entryOf(bytes: Uint8Array): Entry {
  const fields = fieldsOf(bytes)
  const timestamp = fields.find(({ number }) => number === 1)
  const parts = timestamp === undefined ? [] : fieldsOf(timestamp.data)
  const integer = (number: number) => parts.find(part => part.number === number)?.integer ?? 0n
  const metadata = fields
    .filter(({ number }) => number === 3)
    .map(({ data }) => {
      const pair = fieldsOf(data)
      return [textOf(pair, 1), textOf(pair, 2)]
    })
  const timeUnixNano = BigInt.asIntN(64, integer(1)) * 1_000_000_000n + BigInt.asIntN(64, integer(2))
  return { timeUnixNano, line: textOf(fields, 2), metadata: Object.fromEntries(metadata) as Record<string, string> } // pairs of texts
}

interface Field {
  readonly number: number
  readonly data: Uint8Array
  readonly integer: bigint
}

const NO_BYTES = new Uint8Array()

function textOf(fields: readonly Field[], number: number): string {
  const data = fields.find(field => field.number === number)?.data
  return data === undefined ? '' : repairedText(data)
}

/** The fields of one Protobuf message: length-delimited ones and integers; others are passed over. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new PushFault('an integer that does not end')
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const number = Math.floor(tag / 8)
    const wireType = tag % 8
    const field: { number: number; data: Uint8Array; integer: bigint } = { number, data: NO_BYTES, integer: 0n }
    if (wireType === 0) field.integer = varint()
    else if (wireType === 1) at += 8
    else if (wireType === 5) at += 4
    else if (wireType === 2) {
      const length = Number(varint())
      if (at + length > bytes.length) throw new PushFault('a field that breaks off')
      field.data = bytes.subarray(at, at + length)
      at += length
    } else throw new PushFault(`a field of wire type ${wireType}`)
    if (at > bytes.length) throw new PushFault('a field that breaks off')
    fields.push(field)
  }
  return fields
}

const LABEL = /\s*([A-Za-z_][\w.]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|$)/y

/** `{app="shop", env="prod"}`. @throws PushFault */
export function parseLabels(text: string): Record<string, string> {
  const inner = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1]
  if (inner === undefined) throw new PushFault(`labels that are not in braces: ${text.slice(0, 60)}`)
  const result: Record<string, string> = {}
  if (inner.trim() === '') return result
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < inner.length) {
    const match = LABEL.exec(inner)
    if (match === null) throw new PushFault(`labels that cannot be read: ${text.slice(0, 60)}`)
    result[match[1]!] = match[2]!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    if (match[3] === '') break
  }
  return result
}
