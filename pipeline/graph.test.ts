import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNoopMeter } from '@opentelemetry/api'
import { Hono } from 'hono'
import { pino } from 'pino'
import { z } from 'zod'
import { Admission } from './admission.ts'
import { type Consume, define } from './component.ts'
import { checkConfig } from './config/load.ts'
import { buildGraph, type ContextFor } from './graph.ts'
import { type Batch, keepItems } from './model/index.ts'
import { createReadiness } from './readiness.ts'
import { logBatch, recordingCounts } from './testing/batches.ts'

const config = z.strictObject({})
const signals = ['traces', 'metrics', 'logs'] as const

/** A graph whose receivers can be fed by hand and whose exporters keep what they got. */
async function build(text: string) {
  const feeds = new Map<string, Consume>()
  const taken = new Map<string, Batch[]>()
  const source = define({
    kind: 'receiver',
    type: 'source',
    summary: '',
    signals,
    config,
    examples: [],
    create: (_config, next, { id }) => {
      feeds.set(id, next)
      return {}
    },
  })
  const first = define({
    kind: 'processor',
    type: 'first',
    summary: '',
    signals,
    config,
    examples: [],
    create: (_config, next, { id }) => ({
      consume: (batch, signal) => next(keepItems(batch, batch.items.slice(0, 1) as typeof batch.items, id), signal),
    }),
  })
  const sink = define({
    kind: 'exporter',
    type: 'sink',
    summary: '',
    signals,
    config,
    examples: [],
    delivery: 'durable',
    create: (_config, _next, { id }) => ({
      consume: async batch => void taken.set(id, [...(taken.get(id) ?? []), batch]),
    }),
  })
  const { plan, faults } = await checkConfig('x.yaml', text, {
    registry: [source, first, sink],
    environment: {},
    sections: {},
  })
  assert.deepEqual(faults, [])
  const contextFor: ContextFor = (_kind, id, wired) => ({
    id,
    signals: wired,
    logger: pino({ level: 'silent' }),
    meter: createNoopMeter(),
    counts: recordingCounts(),
    database: { connection: () => ({ connectionString: '' }) },
    admission: new Admission(1),
    readiness: createReadiness(),
    http: new Hono(),
    allowed: { hosts: [], origins: [] },
    isHttpLocal: true,
  })
  const graph = buildGraph(plan!, contextFor)
  return { graph, feeds, taken }
}
const never = new AbortController().signal

test('a batch goes through the processors of its pipeline to all of its exporters', async () => {
  const { feeds, taken } = await build(`
receivers: { source: }
processors: { first: }
exporters: { sink: , sink/b: }
service: { pipelines: { logs: { receivers: [source], processors: [first], exporters: [sink, sink/b] } } }
`)
  await feeds.get('source')!(logBatch('id', 3), never)
  for (const id of ['sink', 'sink/b']) {
    const [batch] = taken.get(id)!
    assert.equal(batch?.id, 'id')
    assert.equal(batch?.items.length, 1)
    assert.deepEqual([...batch!.account.dropped], [['first', 2]])
  }
})

test('two pipelines that share a receiver and an exporter are told apart by the batch id', async () => {
  const { feeds, taken } = await build(`
receivers: { source: }
processors: { first: }
exporters: { sink: }
service:
  pipelines:
    logs: { receivers: [source], exporters: [sink] }
    logs/short: { receivers: [source], processors: [first], exporters: [sink] }
    traces: { receivers: [source], exporters: [sink] }
`)
  await feeds.get('source')!(logBatch('id', 3), never)
  assert.deepEqual(
    taken.get('sink')!.map(batch => [batch.id, batch.items.length]),
    [
      ['id/logs', 3],
      ['id/logs/short', 1],
    ],
  )
})

test('what no pipeline names is not built', async () => {
  const { graph } = await build(`
receivers: { source: , source/idle: }
exporters: { sink: , sink/idle: }
service: { pipelines: { logs: { receivers: [source], exporters: [sink] } } }
`)
  assert.deepEqual(
    [...graph.receivers, ...graph.exporters].map(node => node.name),
    ['receiver source', 'exporter sink'],
  )
})
