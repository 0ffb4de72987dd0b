import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { define } from '../component.ts'
import { checkConfig } from './load.ts'

const settings = z.strictObject({
  endpoint: z.string().default('here'),
  limits: z.strictObject({ max_bytes: z.int().min(1).default(5) }).prefault({}),
})
const part = (kind: 'receiver' | 'processor' | 'exporter', type: string, signals: ('traces' | 'metrics' | 'logs')[]) =>
  define({ kind, type, summary: '', signals, config: settings, examples: [{}], create: () => ({}) })

const registry = [
  part('receiver', 'source', ['traces', 'logs']),
  part('processor', 'change', ['traces', 'logs']),
  part('exporter', 'sink', ['traces', 'logs']),
]
const sections = { database: z.strictObject({ url: z.string().optional() }) }
const check = (text: string, environment = {}, file = '/x/sensorium.yaml') =>
  checkConfig(file, text, { registry, environment, sections })

const GOOD = `
receivers: { source: , source/two: { endpoint: there } }
processors:
  change:
    limits:
      max_bytes: \${env:MAX:-7}
exporters: { sink: { delivery: best_effort, sending_queue: { max_bytes: 100 } } }
service:
  pipelines:
    traces: { receivers: [source, source/two], processors: [change], exporters: [sink] }
    logs/audit: { receivers: [source], exporters: [sink] }
`

test('a file in the grammar of the Collector becomes a plan, with defaults filled in', async () => {
  const { plan, faults } = await check(GOOD)
  assert.deepEqual(faults, [])
  assert.deepEqual(plan?.receivers.get('source')?.config, { endpoint: 'here', limits: { max_bytes: 5 } })
  assert.deepEqual(plan?.receivers.get('source/two')?.config, { endpoint: 'there', limits: { max_bytes: 5 } })
  assert.deepEqual(plan?.processors.get('change')?.config, { endpoint: 'here', limits: { max_bytes: 7 } })
  assert.equal(plan?.exporters.get('sink')?.settings.delivery, 'best_effort')
  assert.equal(plan?.exporters.get('sink')?.settings.sending_queue.max_bytes, 100)
  assert.deepEqual(
    plan?.pipelines.map(pipeline => [pipeline.id, pipeline.signal, pipeline.processors]),
    [
      ['traces', 'traces', ['change']],
      ['logs/audit', 'logs', []],
    ],
  )
})

test('a variable takes the type that its text would have in the file', async () => {
  const { plan, faults } = await check(GOOD, { MAX: '12' })
  assert.deepEqual(faults, [])
  assert.deepEqual(plan?.processors.get('change')?.config.limits, { max_bytes: 12 })
  const wrong = await check(GOOD, { MAX: 'many' })
  assert.equal(wrong.faults.length, 1)
  assert.equal(wrong.faults[0]?.key, 'processors.change.limits.max_bytes')
})

test('every fault is reported at once, each with its line, key and what to do', async () => {
  const text = `receivers:
  sorce:
  source:
    endpont: x
processors:
  change:
    limits: { max_bytes: 0, max_byte: 3 }
exporters:
  sink: { sending_queue: { maxbytes: 5 } }
extensions: {}
service:
  database: { urll: x }
  pipelines:
    traces: { receivers: [source], processors: [chnge], exporters: [sink] }
    metrics: { receivers: [source], exporters: [sink, sink] }
    spans: { receivers: [source], exporters: [sink] }
`
  const { plan, faults } = await check(text)
  assert.equal(plan, undefined)
  const found = faults.map(fault => `${fault.line} ${fault.key}`)
  for (const expected of [
    '2 receivers.sorce',
    '4 receivers.source.endpont',
    '7 processors.change.limits.max_bytes',
    '7 processors.change.limits.max_byte',
    '9 exporters.sink.sending_queue.maxbytes',
    '10 extensions',
    '16 service.pipelines.spans',
  ]) {
    assert.ok(found.includes(expected), `${expected} in ${found.join(' | ')}`)
  }
  const suggestion = (key: string) => faults.find(fault => fault.key === key)?.suggestion
  assert.match(suggestion('receivers.sorce') ?? '', /did you mean source\?/)
  assert.equal(suggestion('receivers.source.endpont'), 'did you mean endpoint?')
  assert.equal(suggestion('exporters.sink.sending_queue.maxbytes'), 'did you mean max_bytes?')
})

test('a pipeline that names what is not there, or what cannot take its signal, is a fault', async () => {
  const { faults } = await check(`
receivers: { source: }
exporters: { sink: }
service:
  database: { urll: x }
  pipelines:
    traces: { receivers: [source], processors: [chnge], exporters: [snk] }
    metrics: { receivers: [source], exporters: [sink, sink] }
`)
  const texts = faults.map(fault => `${fault.line} ${fault.key} ${fault.message} ${fault.suggestion ?? ''}`)
  assert.deepEqual(texts.length, 6, texts.join('\n'))
  assert.ok(texts.includes('5 service.database.urll unknown key did you mean url?'), texts.join('\n'))
  assert.ok(texts.some(text => text.startsWith('7 service.pipelines.traces.exporters.0 snk is not configured')))
  assert.ok(texts.some(text => text.includes('metrics.receivers.0 source does not take metrics it takes traces, logs')))
})

test('text that is not YAML, an unset variable, and an empty file are faults with a line', async () => {
  const broken = await check('receivers: [\n  a: {')
  assert.ok(broken.faults.length > 0 && broken.faults.every(fault => fault.line > 0))
  const unset = await check('receivers:\n  source: { endpoint: "${env:NOT_SET}" }\n')
  assert.ok(unset.faults.some(fault => fault.line === 2 && /NOT_SET is not set/.test(fault.message)))
  const empty = await check('')
  assert.ok(empty.faults.some(fault => fault.key === 'service' && fault.message === 'is missing'))
})

test('a module of the user’s own is a component, wherever it lies and without packages of its own', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sensorium-module-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(
    path.join(folder, 'score.ts'),
    `export default ({ z, define }) => define({ kind: 'processor', type: 'score', summary: '', signals: ['traces'],
      config: z.strictObject({ above: z.number() }), examples: [{ above: 1 }], create: (_c, next) => ({ consume: next }) })`,
  )
  await writeFile(path.join(folder, 'nothing.ts'), 'export const x = 1')
  const file = path.join(folder, 'sensorium.yaml')
  const text = (module: string, key: string) => `
receivers: { source: }
processors: { ours: { module: ${module}, ${key}: 3 } }
exporters: { sink: }
service: { pipelines: { traces: { receivers: [source], processors: [ours], exporters: [sink] } } }
`
  const good = await check(text('./score.ts', 'above'), {}, file)
  assert.deepEqual(good.faults, [])
  assert.deepEqual(good.plan?.processors.get('ours')?.config, { above: 3 })
  const wrongKey = await check(text('./score.ts', 'abve'), {}, file)
  assert.ok(wrongKey.faults.some(fault => fault.key === 'processors.ours.abve'))
  const missing = await check(text('./gone.ts', 'above'), {}, file)
  assert.match(missing.faults[0]?.message ?? '', /cannot be loaded/)
  const empty = await check(text('./nothing.ts', 'above'), {}, file)
  assert.match(empty.faults[0]?.message ?? '', /no component as its default export/)
})

test('faults elsewhere do not hide those of the pipelines', async () => {
  const { faults } = await check(`
receivers: { source: { endpont: x } }
exporters: { sink: }
service: { pipelines: { traces: { receivers: [sorce], exporters: [sink] } } }
`)
  assert.deepEqual(faults.map(fault => fault.key).sort(), [
    'receivers.source.endpont',
    'service.pipelines.traces.receivers.0',
  ])
})
