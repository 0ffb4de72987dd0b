import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type DemoProgress, runDemo } from './index.ts'
import { nanos, runIntoSink } from './testing/demo-run.ts'
import { startSink } from './testing/sink.ts'

test('the ground truth is written as it is returned', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-truth-'))
  t.after(() => rm(folder, { recursive: true }))
  const truthFile = join(folder, 'new', 'truth.json')
  const { result } = await runIntoSink({ seed: 2, minutes: 2, rate: 1, truthFile })
  assert.deepEqual(JSON.parse(await readFile(truthFile, 'utf8')), result.truth)
})

test('a ground truth that cannot be written is told before anything is sent', async () => {
  const sink = await startSink()
  const truthFile = join(import.meta.filename, 'truth.json')
  await assert.rejects(runDemo({ minutes: 2, rate: 1, truthFile, endpoint: sink.endpoint }), {
    name: 'DemoError',
    message: /^--truth .*run\.test\.ts.truth\.json cannot be written/,
  })
  await sink.close()
  assert.deepEqual(sink.received, { traces: [], logs: [], metrics: [] })
})

test('progress counts up to the whole', async () => {
  const steps: DemoProgress[] = []
  const { result } = await runIntoSink({ minutes: 2, rate: 3, onProgress: step => steps.push(step) })
  const seconds = steps.map(step => step.simulatedSeconds)
  assert.deepEqual(
    seconds,
    seconds.toSorted((a, b) => a - b),
  )
  assert.equal(steps.at(-1)?.simulatedSeconds, 120)
  assert.deepEqual(steps.at(-1)?.acknowledged, result.generated)
})

test('a stop ends the run early, with everything sent and a truth of what was sent', async () => {
  const stop = new AbortController()
  const sink = await startSink()
  const onProgress = ({ simulatedSeconds }: DemoProgress): void => {
    if (simulatedSeconds >= 20) stop.abort()
  }
  const result = await runDemo({ minutes: 60, rate: 2, endpoint: sink.endpoint, signal: stop.signal, onProgress })
  await sink.close()
  const { window, interrupted } = result.truth
  const lengthSeconds = Number(nanos(window.end) - nanos(window.start)) / 1e9
  assert.equal(interrupted, true)
  assert.ok(lengthSeconds >= 20 && lengthSeconds < 3600, `${lengthSeconds}`)
  assert.equal(sink.received.traces.length, result.generated.traces)
  assert.equal(sink.received.metrics.length, result.truth.sent.total.metrics)
})

test('a live run sends as time passes, and nothing from the future', async () => {
  const stop = new AbortController()
  const sink = await startSink()
  let sentEarly = 0
  const onProgress = ({ simulatedSeconds, acknowledged }: DemoProgress): void => {
    if (simulatedSeconds < 4) return
    sentEarly ||= acknowledged.traces
    stop.abort()
  }
  const startedAt = Date.now()
  const result = await runDemo({
    minutes: 10,
    rate: 20,
    speed: 2,
    endpoint: sink.endpoint,
    signal: stop.signal,
    onProgress,
  })
  await sink.close()
  const tookMs = Date.now() - startedAt
  assert.ok(tookMs >= 1_900 && tookMs < 10_000, `${tookMs} ms for 4 simulated seconds at speed 2`)
  assert.ok(sentEarly > 0)
  assert.equal(result.truth.interrupted, true)
  assert.equal(
    new Set(sink.received.metrics.map(point => point.time)).size,
    1,
    'metrics are collected every 10 s and at the end',
  )
  const now = BigInt(Date.now()) * 1_000_000n
  for (const span of sink.received.traces) assert.ok(span.end <= now)
})
