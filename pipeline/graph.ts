import { type Component, type Consume, type Context, define } from './component.ts'
import type { Plan, PlannedComponent } from './config/plan.ts'
import { fanOut } from './fan-out.ts'
import type { Batch, Signal } from './model/index.ts'
import { bestEffortQueue, durableQueue, type Queue } from './queue.ts'

/** A component with what the host needs to run it. */
export interface Node {
  /** `receiver otlp`, `processor redact in traces`. */
  readonly name: string
  readonly component: Component
  /** Exporters only. */
  readonly queue?: Queue
}

/** All components of a plan, wired, none started. */
export interface Graph {
  readonly receivers: readonly Node[]
  /** In the order of each pipeline. */
  readonly processors: readonly Node[]
  readonly exporters: readonly Node[]
  /** Encoded bytes that wait in each exporter's queue, by exporter id. */
  readonly queues: ReadonlyMap<string, Queue>
}

export type ContextFor = (
  kind: 'receiver' | 'processor' | 'exporter',
  id: string,
  signals: readonly Signal[],
) => Context

/**
 * Builds the components from the last to the first, so that each can be given the one after it. Exporters and
 * receivers are shared between pipelines; a processor has an instance in each.
 */
export function buildGraph(plan: Plan, contextFor: ContextFor): Graph {
  const queues = new Map<string, Queue>()
  const exporters: Node[] = []
  for (const [id, planned] of plan.exporters) {
    const signals = signalsOf(plan, 'exporters', id)
    if (signals.length === 0) continue
    const context = contextFor('exporter', id, signals)
    const component = planned.definition.create(planned.config, endOfTheLine, context)
    const send = component.consume ?? endOfTheLine
    const delivery = planned.settings.delivery ?? planned.definition.delivery ?? 'durable'
    const queue =
      delivery === 'durable'
        ? durableQueue(id, send, planned.settings)
        : bestEffortQueue(id, send, planned.settings, context.counts)
    queues.set(id, queue)
    exporters.push({ name: `exporter ${id}`, component, queue })
  }

  const processors: Node[] = []
  const entries = new Map<string, Consume>()
  for (const pipeline of plan.pipelines) {
    let next = fanOut(pipeline.exporters.map(id => queues.get(id)!.consume))
    const own: Node[] = []
    for (const id of pipeline.processors.toReversed()) {
      const component = create(plan.processors.get(id)!, next, contextFor('processor', id, [pipeline.signal]))
      own.unshift({ name: `processor ${id} in ${pipeline.id}`, component })
      next = component.consume ?? next
    }
    processors.push(...own)
    entries.set(pipeline.id, next)
  }

  const receivers: Node[] = []
  for (const [id, planned] of plan.receivers) {
    const signals = signalsOf(plan, 'receivers', id)
    if (signals.length === 0) continue
    const component = create(planned, entryOf(plan, id, entries), contextFor('receiver', id, signals))
    receivers.push({ name: `receiver ${id}`, component })
  }
  return { receivers, processors, exporters, queues }
}

function create(planned: PlannedComponent, next: Consume, context: Context): Component {
  return define(planned.definition).create(planned.config, next, context)
}

function signalsOf(plan: Plan, kind: 'receivers' | 'exporters', id: string): Signal[] {
  const signals = plan.pipelines.filter(pipeline => pipeline[kind].includes(id)).map(pipeline => pipeline.signal)
  return [...new Set(signals)]
}

/** What a receiver calls: the pipelines of the batch's signal that name it. */
function entryOf(plan: Plan, receiver: string, entries: ReadonlyMap<string, Consume>): Consume {
  const bySignal = new Map<Signal, Consume>()
  for (const signal of signalsOf(plan, 'receivers', receiver)) {
    const pipelines = plan.pipelines.filter(p => p.signal === signal && p.receivers.includes(receiver))
    const consumers = pipelines.map(pipeline => {
      const entry = entries.get(pipeline.id)!
      return pipelines.length === 1 ? entry : named(entry, pipeline.id)
    })
    bySignal.set(signal, fanOut(consumers))
  }
  return (batch, signal) => bySignal.get(batch.signal)!(batch, signal)
}

/** The same request in several pipelines is stored once by each: the ledger must tell them apart. */
function named(entry: Consume, pipeline: string): Consume {
  return (batch: Batch, signal) => entry({ ...batch, id: `${batch.id}/${pipeline}` }, signal)
}

const endOfTheLine: Consume = async () => {
  throw new Error('an exporter has nothing after it')
}
