import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { SensoriumError } from '../../pipeline/errors.ts'
import { parseAlerts, readAlerts } from './alerts-file.ts'

const faultsOf = (text: string): string => {
  try {
    parseAlerts('alerts.yaml', text)
  } catch (error) {
    assert.ok(error instanceof SensoriumError)
    return error.message
  }
  return ''
}

test('the file that ships is read, and means what it says', async () => {
  const file = new URL('../../config/alerts.yaml', import.meta.url)
  const alerts = parseAlerts('config/alerts.yaml', await readFile(file, 'utf8'))
  assert.deepEqual(
    alerts.objectives.map(one => [one.name, one.target, one.periodMinutes, one.slowFromMs]),
    [
      ['shop-checkout', 0.98, 43_200, undefined],
      ['shop-pages', 0.99, 43_200, 2_000],
      ['shop-orders', 0.99, 43_200, 300],
    ],
  )
  assert.deepEqual(
    alerts.metrics.map(({ name, worse }) => [name, worse]),
    [['db.client.connection.pending_requests', 'up']],
  )
})

test('without a file the defaults stand', async () => {
  const alerts = await readAlerts(undefined)
  assert.deepEqual([alerts.detect.errorRateMax, alerts.detect.regressionMin, alerts.detect.spikeMin], [0.01, 0.2, 2])
  assert.deepEqual(alerts.objectives, [])
})

test('every fault is told at once, with file, line, key and what to do', () => {
  const message = faultsOf(`anomalies:
  error_rate_mx: 0.02
  ignore:
    operations: ["("]
incidents:
  open:
    - kind: anomalie
      findings: 2
slos:
  - metadata: { name: Pages }
    spec:
      service: web
      indicator: { bad: slow }
      timeWindow: [{ duration: 3 months }]
      objectives: [{ target: 99.9 }]
`)
  for (const part of [
    /alerts\.yaml:2:\d+ +anomalies\.error_rate_mx: unknown key; did you mean error_rate_max\?/,
    /alerts\.yaml:4:\d+ +anomalies\.ignore\.operations\.0: is not a regular expression/,
    /alerts\.yaml:7:\d+ +incidents\.open\.0\.kind:/,
    /alerts\.yaml:10:\d+ +slos\.0\.metadata\.name: is a name of small letters/,
    /alerts\.yaml:14:\d+ +slos\.0\.spec\.timeWindow\.0\.duration: give a duration/,
    /alerts\.yaml:15:\d+ +slos\.0\.spec\.objectives\.0\.target: is a share between 0 and 1/,
  ]) {
    assert.match(message, part)
  }
  assert.match(message, /6 faults|7 faults/)
})

test('two objectives of one name, and a slow one without a threshold, are faults', () => {
  const slo = (name: string, bad = 'errors') => `
  - metadata: { name: ${name} }
    spec: { service: web, indicator: { bad: ${bad} }, objectives: [{ target: 0.99 }] }`
  assert.match(faultsOf(`slos:${slo('a')}${slo('a')}`), /alerts\.yaml:4:.*a is the name of another objective/)
  assert.match(faultsOf(`slos:${slo('a', 'slow')}`), /slow needs a threshold/)
})
