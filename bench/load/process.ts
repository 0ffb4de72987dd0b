import * as grpc from '@grpc/grpc-js'
import type { Signal } from '../../pipeline/model/index.ts'
import type { LoadResult } from './client.ts'
import { RECORDS_PER_REQUEST, requestPool, traceIdEnds, traceIdsOf, withStamp } from './pool.ts'

/**
 * The load process of the benchmarks: sends pre-encoded requests over gRPC and prints what came of them as one line of
 * JSON. Says `ready` when its requests are encoded; each line `SECONDS RATE` on stdin is a run. Rate 0: as fast as they
 * are acknowledged, obeying back-pressure. Else: that many records a second, whether they are taken or not.
 *
 *   node bench/load/process.ts SIGNAL HOST:PORT
 */
const METHODS: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
}
/** As many as the gateway's sending queue has consumers. */
const IN_FLIGHT = 16
const BACK_OFF_MS = 50
/** More than the server's limit on streams lets one connection send, so that an overload reaches its memory limit. */
const CONNECTIONS = 8
/** A sender that is itself out of memory proves nothing: past this, what is due counts as refused. */
const MAX_OUTSTANDING = 1_000

const signal = process.argv[2] as Signal // the benchmarks check it
const address = process.argv[3]!
const pool = requestPool(signal)
const ends = pool.map((request, seed) => {
  const ids = traceIdsOf(signal, seed).map(id => Buffer.from(id, 'hex'))
  return traceIdEnds(request, ids)
})
const clients = Array.from({ length: CONNECTIONS }, () => {
  const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 }
  return new grpc.Client(address, grpc.credentials.createInsecure(), options)
})
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

/** True when it was acknowledged, false when the server asked to wait. */
function send(request: Buffer): Promise<boolean> {
  const client = clients[sent % CONNECTIONS]!
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(METHODS[signal], asIs, asIs, request, error => {
      if (error === null) resolve(true)
      else if (error.code === grpc.status.RESOURCE_EXHAUSTED || error.code === grpc.status.UNAVAILABLE) resolve(false)
      else reject(error)
    }),
  )
}

const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

async function closedLoop(end: number, latencies: number[]): Promise<number> {
  let refused = 0
  const worker = async () => {
    while (performance.now() < end) {
      const request = nextRequest()
      const from = performance.now()
      while (!(await send(request))) {
        refused += 1
        await wait(BACK_OFF_MS)
      }
      latencies.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return refused
}

async function openLoop(end: number, rate: number, latencies: number[]): Promise<number> {
  const outstanding = new Set<Promise<void>>()
  const intervalMs = (1000 * RECORDS_PER_REQUEST) / rate
  let refused = 0
  let due = performance.now()
  while (performance.now() < end) {
    for (; due <= performance.now(); due += intervalMs) {
      if (outstanding.size >= MAX_OUTSTANDING) {
        refused += 1
        continue
      }
      const from = performance.now()
      const sending = send(nextRequest()).then(isTaken => {
        if (isTaken) latencies.push(performance.now() - from)
        else refused += 1
        outstanding.delete(sending)
      })
      outstanding.add(sending)
    }
    await wait(1)
  }
  await Promise.all(outstanding)
  return refused
}

async function run(seconds: number, rate: number): Promise<LoadResult> {
  const latencies: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  const refused = rate === 0 ? await closedLoop(end, latencies) : await openLoop(end, rate, latencies)
  const elapsed = (performance.now() - start) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  const records = latencies.length * RECORDS_PER_REQUEST
  return { records, seconds: elapsed, refused: refused * RECORDS_PER_REQUEST, p50_ms: at(0.5), p99_ms: at(0.99) }
}

process.stdin.setEncoding('utf8')
process.stdin.on('data', (text: string) => {
  const [seconds = 0, rate = 0] = text.split(' ').map(Number)
  void run(seconds, rate).then(result => console.log(JSON.stringify(result)))
})
process.stdin.on('end', () => {
  for (const client of clients) client.close()
})
console.log('ready')
