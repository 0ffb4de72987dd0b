import * as grpc from '@grpc/grpc-js'
import type { Signal } from '../../pipeline/model/index.ts'
import { RECORDS_PER_REQUEST, requestPool, traceIdEnds, traceIdsOf, withStamp } from './pool.ts'

/**
 * The load process: sends pre-encoded requests over gRPC as fast as they are acknowledged, obeys back-pressure, and
 * prints what was acknowledged as one line of JSON. Says `ready` when its requests are encoded, starts at a line on
 * stdin that holds the seconds to run.
 *
 *   node bench/ingest/load.ts SIGNAL HOST:PORT
 */
const METHODS: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}
/** A gateway's sending queue has ten consumers; a little more keeps the path full. */
const IN_FLIGHT = 16
const BACK_OFF_MS = 50

const signal = process.argv[2] as Signal
const address = process.argv[3]!
const pool = requestPool(signal)
const ends = pool.map((request, seed) =>
  traceIdEnds(
    request,
    traceIdsOf(signal, seed).map(id => Buffer.from(id, 'hex')),
  ),
)
const client = new grpc.Client(address, grpc.credentials.createInsecure())
const asIs = (bytes: Buffer) => bytes
let sent = 0

function nextRequest(): Buffer {
  const slot = sent % pool.length
  const round = Math.floor(sent / pool.length)
  const request = withStamp(pool[slot]!, sent)
  for (const end of ends[slot]!) request.writeUInt32BE(round, end - 4)
  sent += 1
  return request
}

function send(request: Buffer): Promise<grpc.ServiceError | null> {
  return new Promise(resolve => client.makeUnaryRequest(METHODS[signal], asIs, asIs, request, error => resolve(error)))
}

async function run(seconds: number): Promise<object> {
  const latencies: number[] = []
  let retries = 0
  const start = performance.now()
  const end = start + seconds * 1000
  const worker = async () => {
    while (performance.now() < end) {
      const request = nextRequest()
      const from = performance.now()
      for (;;) {
        const error = await send(request)
        if (error === null) break
        if (error.code !== grpc.status.RESOURCE_EXHAUSTED && error.code !== grpc.status.UNAVAILABLE) throw error
        retries += 1
        await new Promise(resolve => setTimeout(resolve, BACK_OFF_MS))
      }
      latencies.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const elapsed = (performance.now() - start) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return {
    records: latencies.length * RECORDS_PER_REQUEST,
    seconds: elapsed,
    retries,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
  }
}

process.stdin.setEncoding('utf8')
process.stdin.on('data', (text: string) => {
  void run(Number(text)).then(result => console.log(JSON.stringify(result)))
})
process.stdin.on('end', () => client.close())
console.log('ready')
