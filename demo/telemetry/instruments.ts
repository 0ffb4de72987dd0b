import type { Attributes, Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'

/** What the semantic conventions ask a service to measure, created once per running instance. Durations in seconds. */
export interface Instruments {
  readonly httpServer: Histogram
  readonly httpClient: Histogram
  readonly httpActive: UpDownCounter
  readonly rpcServer: Histogram
  readonly rpcClient: Histogram
  readonly database: Histogram
  readonly messagesSent: Counter
  readonly messagesConsumed: Counter
  readonly messageProcessing: Histogram
  /** The shop's own counters, `shop.orders.placed` and the like, made when first used. */
  count(name: string, unit: string, attributes: Attributes): void
}

/** Boundaries that the HTTP, RPC and database conventions advise. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Named here because its view turns it into an exponential histogram. */
export const DATABASE_DURATION = 'db.client.operation.duration'

export function createInstruments(meter: Meter): Instruments {
  const duration = (name: string, description: string): Histogram =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: SECONDS } })
  const counters = new Map<string, Counter>()
  return {
    httpServer: duration('http.server.request.duration', 'Duration of HTTP server requests.'),
    httpClient: duration('http.client.request.duration', 'Duration of HTTP client requests.'),
    httpActive: meter.createUpDownCounter('http.server.active_requests', {
      unit: '{request}',
      description: 'Number of active HTTP server requests.',
    }),
    rpcServer: duration('rpc.server.call.duration', 'Duration of incoming remote procedure calls.'),
    rpcClient: duration('rpc.client.call.duration', 'Duration of outgoing remote procedure calls.'),
    database: duration(DATABASE_DURATION, 'Duration of database client operations.'),
    messagesSent: meter.createCounter('messaging.client.sent.messages', {
      unit: '{message}',
      description: 'Number of messages the producer attempted to send.',
    }),
    messagesConsumed: meter.createCounter('messaging.client.consumed.messages', {
      unit: '{message}',
      description: 'Number of messages that were delivered to the application.',
    }),
    messageProcessing: duration('messaging.process.duration', 'Duration of processing a message.'),
    count(name, unit, attributes) {
      const counter = counters.get(name) ?? meter.createCounter(name, { unit })
      counters.set(name, counter)
      counter.add(1, attributes)
    },
  }
}

/** What a process says about itself, asked for at each collection. */
export interface ProcessVitals {
  memoryBytes(): number
  heapBytes(): number
  cpuUtilization(): number
  eventLoopDelayP99Seconds(): number
  connectionsUsed(): number
  /** Requests that wait for a connection. */
  connectionsAwaited(): number
  /** Messages that wait, by queue; empty for services that consume none. */
  queueDepths(): ReadonlyMap<string, number>
}

/** Size of every service's connection pool; part of `db.client.connection.count`. */
export const POOL_SIZE = 20

/** Registers the gauges; several of them tell whether a process suffers before its callers do. */
export function observeVitals(meter: Meter, vitals: ProcessVitals): void {
  const memory = meter.createObservableUpDownCounter('process.memory.usage', { unit: 'By' })
  memory.addCallback(result => result.observe(vitals.memoryBytes()))
  const heap = meter.createObservableUpDownCounter('v8js.memory.heap.used', { unit: 'By' })
  heap.addCallback(result => result.observe(vitals.heapBytes(), { 'v8js.heap.space.name': 'old_space' }))
  const cpu = meter.createObservableGauge('process.cpu.utilization', { unit: '1' })
  cpu.addCallback(result => result.observe(vitals.cpuUtilization(), { 'cpu.mode': 'user' }))
  const delay = meter.createObservableGauge('nodejs.eventloop.delay.p99', { unit: 's' })
  delay.addCallback(result => result.observe(vitals.eventLoopDelayP99Seconds()))
  const pool = meter.createObservableUpDownCounter('db.client.connection.count', { unit: '{connection}' })
  pool.addCallback(result => {
    const used = Math.min(POOL_SIZE, vitals.connectionsUsed())
    const name = { 'db.client.connection.pool.name': 'primary' }
    result.observe(used, { ...name, 'db.client.connection.state': 'used' })
    result.observe(POOL_SIZE - used, { ...name, 'db.client.connection.state': 'idle' })
  })
  const pending = meter.createObservableUpDownCounter('db.client.connection.pending_requests', { unit: '{request}' })
  pending.addCallback(result =>
    result.observe(vitals.connectionsAwaited(), { 'db.client.connection.pool.name': 'primary' }),
  )
  const depth = meter.createObservableGauge('shop.queue.depth', {
    unit: '{message}',
    description: 'Messages that wait to be processed.',
  })
  depth.addCallback(result => {
    for (const [queue, waiting] of vitals.queueDepths())
      result.observe(waiting, { 'messaging.destination.name': queue })
  })
}
