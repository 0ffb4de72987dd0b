import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { type DemoOptions, type DemoResult, runDemo } from '../../demo/index.ts'
import type { LogRecord, MetricPoint, Signal, Span } from '../../pipeline/model/index.ts'
import { decodeRequest } from '../../receivers/otlp/wire/index.ts'

/** Everything that a run of the demo sent, decoded, each record with the time at which it was known. */
export interface Recording {
  readonly result: DemoResult
  readonly traces: readonly Timed<Span>[]
  readonly logs: readonly Timed<LogRecord>[]
  readonly metrics: readonly Timed<MetricPoint>[]
}

export interface Timed<T> {
  /** Ms since 1970; of a span its end. */
  readonly at: number
  readonly item: T
}

const LIMITS = { maxNesting: 32, maxRecords: 1_000_000 }

export async function record(options: DemoOptions): Promise<Recording> {
  const bodies: { readonly signal: Signal; readonly body: Buffer }[] = []
  const server = createServer((request, response) => void keep(request, response))
  async function keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await buffer(request)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    bodies.push({ signal: (request.url ?? '').replace('/v1/', '') as Signal, body }) // the demo sends to these three
    response.setHeader('content-type', 'application/x-protobuf')
    response.end()
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const result = await runDemo({ ...options, endpoint: `http://127.0.0.1:${port}` })
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  const of = <S extends Signal>(signal: S) =>
    bodies
      .filter(one => one.signal === signal)
      .flatMap(({ body }) => decodeRequest(signal, body, 'protobuf', LIMITS).items)
  return {
    result,
    traces: timed(of('traces'), span => span.endTimeUnixNano),
    logs: timed(of('logs'), log => log.timeUnixNano),
    metrics: timed(of('metrics'), point => point.timeUnixNano),
  }
}

function timed<T>(items: readonly T[], timeOf: (item: T) => bigint): Timed<T>[] {
  return items.map(item => ({ at: Number(timeOf(item) / 1_000_000n), item })).sort((a, b) => a.at - b.at)
}
