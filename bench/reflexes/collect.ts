import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { LogRecord, MetricPoint, Signal, Span } from '../../pipeline/model/index.ts'
import { decodeRequest } from '../../receivers/otlp/wire/index.ts'

export interface Timed {
  readonly signal: Signal
  /** When it was known, in ms since 1970: of a span its end. */
  readonly at: number
  readonly item: unknown
}

/** An OTLP/HTTP receiver that hands on what it is sent, each record with its time, and answers when that is done. */
export async function collect(
  take: (items: readonly Timed[]) => Promise<void>,
): Promise<{ endpoint: string; close(): Promise<void> }> {
  // One after the other: time goes forward for all signals together.
  let last: Promise<void> = Promise.resolve()
  const server = createServer((request, response) => void answer(request, response))
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await buffer(request)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    const items = timed((request.url ?? '').replace('/v1/', '') as Signal, body) // the demo sends to these three
    last = last.then(() => take(items))
    await last
    response.setHeader('content-type', 'application/x-protobuf')
    response.end()
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const LIMITS = { maxNesting: 32, maxRecords: 1_000_000 }

function timed(signal: Signal, body: Buffer): Timed[] {
  const { items } = decodeRequest(signal, body, 'protobuf', LIMITS)
  return items.map(item => ({ signal, at: Number(timeOf(signal, item) / 1_000_000n), item }))
}

function timeOf(signal: Signal, item: Span | LogRecord | MetricPoint): bigint {
  return signal === 'traces' ? (item as Span).endTimeUnixNano : (item as LogRecord | MetricPoint).timeUnixNano
}
