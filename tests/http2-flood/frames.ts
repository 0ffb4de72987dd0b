/** Frames of HTTP/2 by hand (RFC 9113): a client library would not send what a flood is made of. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'

const TYPES = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, window: 8, continuation: 9 } as const
const END_STREAM = 1
const END_HEADERS = 4

function frame(type: keyof typeof TYPES, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = TYPES[type]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A literal that is not indexed, its name by its number in HPACK's static table (RFC 7541, appendix A). */
function literal(name: number, value: string): Buffer {
  const number = name < 15 ? [name] : [15, name - 15]
  return Buffer.concat([Buffer.from([...number, value.length]), Buffer.from(value)])
}

/** `:method: POST`, `:scheme: http`, and what gRPC wants beside. */
const HEADERS = Buffer.concat([
  Buffer.from([0x83, 0x86]),
  literal(4, EXPORT),
  literal(1, 'localhost'),
  literal(31, 'application/grpc'),
])

export const OPENING = Buffer.concat([PREFACE, frame('settings', 0, 0)])

/** What a flood says again and again; a stream has a number of its own, odd and larger than the last. */
export const FLOODS: Readonly<Record<string, (stream: number) => Buffer>> = {
  pings: () => frame('ping', 0, 0, Buffer.alloc(8, 7)),
  settings: () => frame('settings', 0, 0),
  'streams that are reset': stream =>
    Buffer.concat([
      frame('headers', END_HEADERS, stream, HEADERS),
      frame('reset', 0, stream, Buffer.from([0, 0, 0, 8])),
    ]),
  'streams of nothing': stream => frame('headers', END_HEADERS | END_STREAM, stream, HEADERS),
  'frames of nothing': stream => (stream === 1 ? frame('headers', END_HEADERS, 1, HEADERS) : frame('data', 0, 1)),
  'header blocks without an end': stream =>
    stream === 1 ? frame('headers', 0, 1, HEADERS) : frame('continuation', 0, 1, literal(58, 'x'.repeat(100))),
  'window updates': () => frame('window', 0, 0, Buffer.from([0, 0, 0, 1])),
  priorities: stream => frame('priority', 0, stream, Buffer.from([0, 0, 0, 0, 1])),
}
