import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DemoError } from './errors.ts'
import { DEMO_DEFAULTS, type DemoOptions, demoSettings } from './options.ts'

test('nothing asked for gives the defaults', () => {
  assert.deepEqual(demoSettings({}), DEMO_DEFAULTS)
})

test('a slash at the end of the endpoint does no harm', () => {
  assert.equal(demoSettings({ endpoint: 'http://collector:4318/' }).endpoint, 'http://collector:4318')
})

const FAULTS: readonly [options: DemoOptions, option: string][] = [
  [{ seed: -1 }, '--seed -1'],
  [{ seed: 1.5 }, '--seed 1.5'],
  [{ minutes: 1 }, '--minutes 1'],
  [{ minutes: Number.NaN }, '--minutes NaN'],
  [{ rate: 0 }, '--rate 0'],
  [{ rate: 1e6 }, '--rate 1000000'],
  [{ speed: 0.5 }, '--speed 0.5'],
  [{ speed: Number.POSITIVE_INFINITY }, '--speed Infinity'],
  [{ endpoint: '127.0.0.1:4318' }, '--endpoint 127.0.0.1:4318'],
  [{ endpoint: 'grpc://localhost:4317' }, '--endpoint grpc://localhost:4317'],
]
for (const [options, option] of FAULTS) {
  test(`${option} is refused with what to give instead`, () => {
    assert.throws(
      () => demoSettings(options),
      (error: unknown) =>
        error instanceof DemoError && error.reason === 'usage' && error.message.startsWith(`${option}: give`),
    )
  })
}

test('all faults are told at once', () => {
  assert.throws(() => demoSettings({ seed: -1, minutes: 0, rate: 0 }), /--seed.*\n--minutes.*\n--rate/)
})
