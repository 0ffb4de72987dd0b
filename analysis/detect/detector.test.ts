import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDetector, type MinuteInput, type RequestCount } from './detector.ts'
import { DETECT_DEFAULTS } from './settings.ts'
import { minuteOf, poisson, randomOf, type Shape, START } from './testing/traffic.ts'

const USUAL: Shape = { rate: 60, errorRate: 0.01, medianMs: 80 }

function request(random: () => number, minute: number, shape: Shape, rest: Partial<RequestCount> = {}): RequestCount {
  const { count, errors, durations } = minuteOf(random, minute, shape)
  return {
    environment: 'prod',
    service: 'orders',
    operation: 'POST /orders',
    release: '1.0.0',
    callee: undefined,
    count,
    errors,
    durations: durations!,
    ...rest,
  }
}

function run(minutes: number, inputAt: (minute: number, random: () => number) => Partial<MinuteInput>): string[] {
  const random = randomOf(3)
  const detector = createDetector({ settings: DETECT_DEFAULTS })
  const found: string[] = []
  for (let minute = 0; minute < minutes; minute++) {
    const input = { time: START + minute * 60_000, requests: [], problems: [], metrics: [], ...inputAt(minute, random) }
    for (const { what, series, metric, episode } of detector.step(input)) {
      if (what === 'started')
        found.push(`${series.kind} ${series.name} ${metric} ${episode.type} ${minute}`.replace('  ', ' '))
    }
  }
  return found
}

describe('all series together', () => {
  test('an operation that fails is found in the operation, the service and the call, each once', () => {
    const found = run(40, (minute, random) => ({
      requests: [
        request(random, minute, { ...USUAL, errorRate: minute >= 20 ? 0.4 : 0.01 }),
        request(
          random,
          minute,
          { ...USUAL, errorRate: minute >= 20 ? 0.4 : 0.01 },
          { service: 'web', callee: 'orders' },
        ),
        request(random, minute, USUAL, { operation: 'GET /orders' }),
      ],
    }))
    assert.deepEqual(found.map(text => text.replace(/ 2\d$/, '')).sort(), [
      'edge orders error_rate sla_breach',
      'operation POST /orders error_rate sla_breach',
      'service error_rate sla_breach',
    ])
  })

  test('health checks that fail and come in storms are nothing, in the service neither', () => {
    const found = run(60, (minute, random) => ({
      requests: [
        request(random, minute, USUAL),
        request(
          random,
          minute,
          { rate: minute >= 30 ? 600 : 30, errorRate: minute >= 30 ? 1 : 0, medianMs: 1 },
          { operation: 'GET /healthz' },
        ),
      ],
    }))
    assert.deepEqual(found, [])
  })

  test('a canary that comes, takes a twentieth of the requests and goes is nothing', () => {
    const found = run(90, (minute, random) => {
      const isCanary = minute >= 30 && minute < 60
      const requests = [request(random, minute, { ...USUAL, rate: isCanary ? 57 : 60 })]
      if (isCanary) requests.push(request(random, minute, { ...USUAL, rate: 3 }, { release: '1.1.0' }))
      return { requests }
    })
    assert.deepEqual(found, [])
  })

  test('a restart with a release, failing for some seconds, is nothing', () => {
    const found = run(60, (minute, random) => ({
      requests: [
        request(
          random,
          minute,
          { ...USUAL, errorRate: minute === 30 ? 0.3 : 0.01, rate: minute === 30 ? 40 : 60 },
          { release: minute >= 30 ? '2' : '1' },
        ),
      ],
    }))
    assert.deepEqual(found, [])
  })

  test('a problem that comes up after an hour has an hour without it behind it', () => {
    const problem = (records: number) => ({
      environment: 'prod',
      service: 'orders',
      fingerprint: 'ab',
      severityNumber: 17,
      records,
    })
    const found = run(70, (minute, random) => ({
      requests: [request(random, minute, USUAL)],
      problems: minute >= 60 ? [problem(2 * poisson(random, 4))] : [],
    }))
    assert.match(found.join(), /^problem ab records spike 6[01]$/)
  })

  test('a service of which nothing is heard any more is silent', () => {
    const found = run(60, (minute, random) => ({ requests: minute < 40 ? [request(random, minute, USUAL)] : [] }))
    assert.deepEqual(found, ['service requests silence 42'])
  })
})
