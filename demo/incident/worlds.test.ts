import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type DemoRun, nanos, runIntoSink } from '../testing/demo-run.ts'
import { WORLD_NAMES, WORLDS } from './worlds.ts'

const SERVER = 2

for (const [i, world] of WORLD_NAMES.entries()) {
  describe(`the world ${world}`, () => {
    let run: DemoRun
    before(async () => {
      run = await runIntoSink({ seed: 40 + i, world, minutes: 4, rate: 5 })
    })

    test('blames no deploy, though the service has one minutes before', () => {
      const { incident, innocentDeploys } = run.result.truth
      assert.equal(incident.deploy, null)
      assert.equal(incident.rollback, null)
      const own = innocentDeploys.filter(({ service }) => service === incident.service)
      assert.equal(own.length, 2)
      assert.ok(own.every(({ time }) => nanos(time) < nanos(incident.errorBurst.start)))
    })

    test('fails for those whom the ground truth names, with the exception that it names', () => {
      const { affected, errorBurst, exception, service } = run.result.truth.incident
      assert.ok(errorBurst.count >= 3, `${errorBurst.count} errors`)
      const failed = run.received.traces.filter(span =>
        span.events.some(({ name, time, attributes }) => {
          const isBurst = time >= nanos(errorBurst.firstError!) && time <= nanos(errorBurst.lastError!) + 1_000_000n
          return name === 'exception' && attributes['exception.type'] === exception.type && isBurst
        }),
      )
      assert.ok(failed.every(span => span.service === service))
      assert.deepEqual([...new Set(failed.map(span => span.traceId))].sort(), [...affected.traces.ids].sort())
    })

    test('would fail in the same way with the release before: nothing of it is in a release', () => {
      assert.equal(WORLDS[world].change, undefined)
      const { incident } = run.result.truth
      const versions = new Set(
        run.received.traces.filter(({ service }) => service === incident.service).map(one => one.version),
      )
      assert.ok(versions.size >= 3)
    })
  })
}

test('in the world with a bad host, others run the same release, and do well', async () => {
  const { result, received } = await runIntoSink({ seed: 7, world: 'bad-host', minutes: 4, rate: 5 })
  const { affected, errorBurst, operation, service } = result.truth.incident
  const during = received.traces.filter(
    span =>
      span.service === service &&
      span.kind === SERVER &&
      span.name === operation &&
      span.start >= nanos(errorBurst.start) &&
      span.end <= nanos(errorBurst.end),
  )
  const failed = new Set(affected.traces.ids)
  const instances = Map.groupBy(during, span => span.instance)
  assert.equal(instances.size, 3)
  const bad = [...instances.values()].filter(spans => spans.some(span => failed.has(span.traceId)))
  assert.equal(bad.length, 1)
  assert.ok(bad[0]!.every(span => failed.has(span.traceId)))
  assert.equal(new Set(during.map(span => span.version)).size, 1)
})
