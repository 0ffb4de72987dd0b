import type { Meter } from '@opentelemetry/api'
import type { Logger } from 'pino'
import { Admission } from './admission.ts'
import type { Spent } from './agent/budget.ts'
import { openAgent } from './agent/index.ts'
import { createApplicationHttp, listenHttp } from './application-http.ts'
import type { Database } from './component.ts'
import type { Plan, PlannedExporter } from './config/plan.ts'
import { isLoopbackEndpoint } from './config/schema.ts'
import { errorText } from './errors.ts'
import { buildGraph, type ContextFor, type Graph, type Node } from './graph.ts'
import type { Readiness } from './readiness.ts'
import { type Books, openBooks } from './telemetry/record-counts.ts'
import { startSelfTelemetry } from './telemetry/self-telemetry.ts'

export interface HostOptions {
  readonly plan: Plan
  readonly database: Database
  readonly logger: Logger
  readonly version: string
  readonly instanceId: string
  /** What `/readyz` answers from; the host and its components add their parts. */
  readonly readiness: Readiness
  /** Tokens of the language model that are counted in the store. */
  readonly agentTokens?: Spent
}

export interface Host {
  readonly books: Books
  readonly admission: Admission
  /** For metrics of what runs beside the pipelines. */
  readonly meter: Meter
  /** Drains and stops: receivers first, exporters last. Resolves when all is committed or the time limit is over. */
  stop(): Promise<void>
}

/**
 * Runs a plan: exporters start first and receivers last, so that nothing is taken in that cannot be handed on. When a
 * part does not start, those before it are stopped again and its error is thrown.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { plan, logger } = options
  const { telemetry: settings, limits, http } = plan.service
  const telemetry = startSelfTelemetry({
    version: options.version,
    instanceId: options.instanceId,
    otlpEndpoint: settings.otlp_endpoint,
    otlpIntervalMs: settings.otlp_interval_ms,
  })
  const agent = openAgent(plan.service.agent, {
    ...{ logger, meter: telemetry.meter },
    spent: options.agentTokens ?? (async () => undefined),
  })
  const books = openBooks(telemetry.meter, bestEffortExporters(plan))
  const admission = new Admission(limits.max_in_flight_bytes)
  let state: 'starting' | 'running' | 'stopping' = 'starting'
  const { readiness } = options
  const allowed = { hosts: plan.service.allowed_hosts, origins: plan.service.allowed_origins }
  readiness.watch('admission', () => admission.problem())
  readiness.watch('process', () => (state === 'running' ? undefined : `is ${state}`))
  const app = createApplicationHttp({
    expose: telemetry.expose,
    readiness,
  })
  const contextFor: ContextFor = (kind, id, signals) => ({
    id,
    signals,
    logger: logger.child({ [kind]: id }),
    meter: telemetry.meter,
    counts: books,
    database: options.database,
    admission,
    readiness,
    http: app,
    allowed,
    isHttpLocal: isLoopbackEndpoint(http.endpoint),
    agent,
  })
  const graph = buildGraph(plan, contextFor)
  observeQueues(telemetry.meter, graph, admission)

  const stopping: (() => Promise<void>)[] = []
  const deadline = new AbortController()
  const stop = async () => {
    state = 'stopping'
    agent?.close()
    const timer = setTimeout(() => deadline.abort(), limits.shutdown_timeout_ms)
    for (const end of stopping.toReversed()) await end()
    clearTimeout(timer)
    await telemetry.shutdown()
  }
  try {
    const order = [...graph.exporters, ...graph.processors.toReversed()]
    for (const node of order) await startNode(node, stopping, deadline.signal, logger)
    const close = await listenHttp(app, http.endpoint, 'service.http.endpoint', allowed)
    stopping.push(() => close(deadline.signal))
    for (const node of graph.receivers) await startNode(node, stopping, deadline.signal, logger)
  } catch (error) {
    await stop()
    throw error
  }
  state = 'running'
  return { books, admission, meter: telemetry.meter, stop }
}

async function startNode(
  node: Node,
  stopping: (() => Promise<void>)[],
  deadline: AbortSignal,
  logger: Logger,
): Promise<void> {
  stopping.push(async () => {
    try {
      await node.queue?.drain(deadline)
      await node.component.shutdown?.(deadline)
    } catch (error) {
      logger.error({ err: error }, `${node.name} did not stop cleanly: ${errorText(error)}`)
    }
  })
  await node.component.start?.(deadline)
}

/** Their deliveries are beside the books: what they drop or repeat says nothing of what is stored. */
function bestEffortExporters(plan: Plan): ReadonlySet<string> {
  const isBestEffort = ({ settings, definition }: PlannedExporter) =>
    (settings.delivery ?? definition.delivery) === 'best_effort'
  return new Set([...plan.exporters.values()].filter(isBestEffort).map(({ id }) => id))
}

function observeQueues(
  meter: ReturnType<typeof startSelfTelemetry>['meter'],
  graph: Graph,
  admission: Admission,
): void {
  meter
    .createObservableGauge('sensorium_exporter_queue_size', {
      unit: 'By',
      description: 'Encoded bytes that wait for the exporter.',
    })
    .addCallback(result => {
      for (const [exporter, queue] of graph.queues) result.observe(queue.bytes(), { exporter })
    })
  meter
    .createObservableGauge('sensorium_receiver_in_flight', {
      unit: 'By',
      description: 'Encoded bytes held for senders.',
    })
    .addCallback(result => result.observe(admission.heldBytes))
  meter
    .createObservableGauge('sensorium_receiver_in_flight_limit', {
      unit: 'By',
      description: 'Limit of sensorium_receiver_in_flight.',
    })
    .addCallback(result => result.observe(admission.maxBytes))
}
