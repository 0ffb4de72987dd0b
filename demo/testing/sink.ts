import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Signal } from '../ledger.ts'
import {
  logsOf,
  pointsOf,
  type Received,
  spansOf,
  type WireLogs,
  type WireMetrics,
  type WireTraces,
} from './flatten.ts'
import { REQUEST_DECODERS } from './otlp-schema.ts'

export interface Sink {
  readonly endpoint: string
  readonly received: Received
  close(): Promise<void>
}

/** Answers instead of the sink when it returns true; what it answers to is not received. */
export type Interception = (signal: Signal, items: number, response: ServerResponse) => boolean

/** An OTLP/HTTP receiver that keeps everything. */
export async function startSink(intercept: Interception = () => false): Promise<Sink> {
  const received: Received = { traces: [], logs: [], metrics: [] }
  const server = createServer((request, response) => void serve(request, response))
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const items = decode(request.url ?? '', body)
    response.setHeader('content-type', 'application/x-protobuf')
    if (intercept(items.signal, items.count, response)) return
    items.keep(received)
    response.end()
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  // An address in text form is for pipes; this server listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

interface Decoded {
  readonly signal: Signal
  readonly count: number
  keep(received: Received): void
}

function decode(url: string, body: Uint8Array): Decoded {
  switch (url) {
    case '/v1/traces': {
      // The decoder gives plain objects of the schema's shape; the Wire interfaces write that shape down.
      const spans = spansOf(REQUEST_DECODERS.traces(body) as WireTraces)
      return { signal: 'traces', count: spans.length, keep: received => void received.traces.push(...spans) }
    }
    case '/v1/logs': {
      const logs = logsOf(REQUEST_DECODERS.logs(body) as WireLogs)
      return { signal: 'logs', count: logs.length, keep: received => void received.logs.push(...logs) }
    }
    case '/v1/metrics': {
      const points = pointsOf(REQUEST_DECODERS.metrics(body) as WireMetrics)
      return { signal: 'metrics', count: points.length, keep: received => void received.metrics.push(...points) }
    }
    default:
      throw new Error(`nothing is sent to ${url}`)
  }
}
