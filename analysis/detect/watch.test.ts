import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Series } from './series.ts'
import { DETECT_DEFAULTS } from './settings.ts'
import { severityOf } from './tell.ts'
import { durationsOf, minuteOf, normal, poisson, randomOf, type Shape, START } from './testing/traffic.ts'
import { type Change, createWatch } from './watch.ts'

const SERVICE: Series = { kind: 'service', environment: 'prod', service: 'orders', name: '' }
const USUAL: Shape = { rate: 80, errorRate: 0.02, medianMs: 100 }

/** Runs a service whose shape is a function of the minute. */
function run(
  minutes: number,
  shapeAt: (minute: number) => Shape,
  { seed = 1, series = SERVICE, restarts = new Set<number>() } = {},
) {
  const random = randomOf(seed)
  const watch = createWatch(series, DETECT_DEFAULTS)
  const changes: (Change & { readonly at: number })[] = []
  for (let minute = 0; minute < minutes; minute++) {
    for (const change of watch.step(
      minuteOf(random, minute, shapeAt(minute)),
      {},
      restarts.has(minute) ? minute - Math.min(...restarts) : undefined,
    )) {
      changes.push({ ...change, at: minute })
    }
  }
  return changes
}

const started = (changes: readonly (Change & { at: number })[]) =>
  changes.filter(({ what }) => what === 'started').map(({ metric, episode, at }) => `${metric} ${episode.type} ${at}`)

describe('watching a series minute by minute', () => {
  test('ten quiet days of a service with errors of every day begin no episode', () => {
    for (let seed = 1; seed <= 10; seed++) {
      assert.deepEqual(started(run(1_440, () => USUAL, { seed })), [], `seed ${seed}`)
    }
  })

  test('quiet days with few requests begin none either', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const shape = { rate: 3, errorRate: 0.05, medianMs: 40, spread: 1 }
      assert.deepEqual(started(run(1_440, () => shape, { seed })), [], `seed ${seed}`)
    }
  })

  test('errors of one in six requests are found within two minutes, after a quarter of an hour of history', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const changes = run(40, minute => (minute >= 16 && minute < 24 ? { ...USUAL, errorRate: 0.17 } : USUAL), { seed })
      const [first] = changes.filter(({ metric, what }) => metric === 'error_rate' && what === 'started')
      assert.ok(first !== undefined && first.at <= 18, `seed ${seed}: ${started(changes).join(', ')}`)
      assert.equal(first.episode.type, 'sla_breach')
    }
  })

  test('an operation that becomes 1.8 times as slow is a regression within two minutes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const changes = run(40, minute => (minute >= 15 ? { ...USUAL, medianMs: 180 } : USUAL), { seed })
      const [first] = changes.filter(({ what }) => what === 'started')
      assert.deepEqual([first?.metric, first?.episode.type], ['latency_p95', 'regression'], `seed ${seed}`)
      assert.ok(first!.at <= 17, `seed ${seed}: minute ${first!.at}`)
    }
  })

  test('few requests of which one in ten takes eight times as long are found within minutes, by those alone', () => {
    const minutesUntilFound = Array.from({ length: 20 }, (_, seed) => {
      const random = randomOf(seed + 1)
      const watch = createWatch(SERVICE, DETECT_DEFAULTS)
      for (let minute = 0; minute < 240; minute++) {
        const slowShare = minute >= 180 ? 0.1 : 0
        const values = Array.from(
          { length: poisson(random, 27) },
          () => 100 * Math.exp(0.4 * normal(random)) * (random() < slowShare ? 8 : 1),
        )
        const durations = durationsOf(values)
        const time = START + minute * 60_000
        const changes = watch.step({ time, count: values.length, errors: 0, durations }, {})
        if (changes.some(({ metric, what }) => metric === 'latency_p95' && what === 'started')) return minute - 180
      }
      return Number.POSITIVE_INFINITY
    })
    assert.ok(Math.min(...minutesUntilFound) >= 0, `${minutesUntilFound}`)
    assert.ok(minutesUntilFound.filter(minutes => minutes <= 5).length >= 16, `${minutesUntilFound}`)
  })

  test('one episode has a start, a peak and an end, however often its minutes are counted', () => {
    const changes = run(80, minute =>
      minute >= 30 && minute < 45 ? { ...USUAL, errorRate: minute === 37 ? 0.6 : 0.2 } : USUAL,
    ).filter(({ metric }) => metric === 'error_rate')
    assert.equal(changes.filter(({ what }) => what === 'started').length, 1)
    const ends = changes.filter(({ what }) => what === 'ended')
    assert.equal(ends.length, 1)
    const { start, peak, end, peakValue } = ends[0]!.episode
    assert.equal((start - START) / 60_000, 30)
    assert.equal((peak - START) / 60_000, 37)
    assert.ok(Math.abs((end! - START) / 60_000 - 45) <= 1, `ended at ${(end! - START) / 60_000}`)
    assert.ok(peakValue > 0.4)
  })

  test('what goes up and down every few minutes is one episode', () => {
    const changes = run(150, minute => (minute >= 60 && minute % 9 < 3 ? { ...USUAL, errorRate: 0.4 } : USUAL)).filter(
      ({ metric }) => metric === 'error_rate',
    )
    assert.equal(changes.filter(({ what }) => what === 'started').length, 1)
    const again = changes.filter(({ what }) => what === 'again')
    assert.ok(again.length >= 5, `${again.length}`)
    for (const { at, episode } of again)
      assert.equal((episode.foundAt - START) / 60_000, at, 'found when it began again')
  })

  test('no requests for three minutes is silence, a third of them a drop, three times as many a spike', () => {
    const at = (rate: number) =>
      started(run(60, minute => (minute >= 40 ? { ...USUAL, rate } : USUAL))).map(text => text.split(' ')[1])
    assert.deepEqual(at(0), ['silence'])
    assert.deepEqual(at(20), ['drop'])
    assert.deepEqual(at(400), ['spike'])
  })

  test('a burst at the same minute of each hour is expected after two of them', () => {
    const changes = run(1_440, minute => (minute % 60 === 20 ? { ...USUAL, rate: 400 } : USUAL))
    assert.deepEqual(
      started(changes).filter(text => text.startsWith('requests')),
      ['requests spike 20', 'requests spike 80'],
    )
  })

  test('a trouble that was too short to be found does not date the next one back', () => {
    const changes = run(60, minute =>
      minute === 30 || minute >= 36 ? { ...USUAL, errorRate: minute === 30 ? 0.1 : 0.3 } : USUAL,
    )
    const { episode } = changes.find(({ metric, what }) => metric === 'error_rate' && what === 'started')!
    assert.equal((episode.start - START) / 60_000, 36)
  })

  test('what had begun to be as usual when nobody asked any more is over soon, what had not may go on', () => {
    const endsAt = (badUntil: number) =>
      run(80, minute =>
        minute >= 40
          ? { ...USUAL, rate: 0 }
          : minute < 20
            ? USUAL
            : { ...USUAL, errorRate: minute < badUntil ? 0.5 : 0 },
      )
        .filter(({ metric, what }) => metric === 'error_rate' && what === 'ended')
        .map(({ at, episode }) => [at, (episode.end! - START) / 60_000])
    assert.deepEqual(endsAt(36), [[40, 36]])
    assert.deepEqual(endsAt(40), [[54, 40]])
  })

  test('one bad minute right after a release is a restart, two are not', () => {
    const blip = (length: number) =>
      started(
        run(60, minute => (minute >= 30 && minute < 30 + length ? { ...USUAL, errorRate: 0.4 } : USUAL), {
          restarts: new Set([30, 31, 32]),
        }),
      )
    assert.deepEqual(blip(1), [])
    assert.deepEqual(blip(2), ['error_rate sla_breach 31'])
  })

  test('a release that is slow from some seconds before the minute on is found at the end of the minute', () => {
    const at = (minute: number): Shape => ({ ...USUAL, medianMs: minute < 30 ? 100 : minute === 30 ? 110 : 300 })
    assert.deepEqual(started(run(40, at, { restarts: new Set([30, 31, 32]) })), ['latency_p95 spike 31'])
  })

  test('errors that begin with a release, some seconds before the minute is over, are found at the end of the next', () => {
    const rate = (minute: number) => (minute < 30 ? 0.02 : minute === 30 ? 0.07 : 0.17)
    const found = Array.from({ length: 20 }, (_, seed) => {
      const at = (minute: number): Shape => ({ ...USUAL, rate: 200, errorRate: rate(minute) })
      return started(run(40, at, { seed: seed + 1, restarts: new Set([30, 31, 32]) })).join()
    })
    assert.ok(found.filter(one => one === 'error_rate sla_breach 31').length >= 18, found.join('\n'))
  })

  test('how long a long poll takes says nothing', () => {
    const changes = run(60, minute => ({
      rate: 50,
      errorRate: 0,
      medianMs: minute < 30 ? 25_000 : 60_000,
      spread: 0.1,
    }))
    assert.deepEqual(started(changes), [])
  })

  test('most requests failing for two minutes is a breach of uptime', () => {
    const changes = run(60, minute => (minute >= 30 && minute < 34 ? { ...USUAL, errorRate: 0.9 } : USUAL))
    assert.ok(started(changes).includes('uptime sla_breach 31'), started(changes).join())
  })

  test('what has lasted for a day is the new usual', () => {
    const changes = run(2_000, minute => (minute >= 100 ? { ...USUAL, errorRate: 0.3 } : USUAL)).filter(
      ({ metric }) => metric === 'error_rate',
    )
    assert.deepEqual(
      changes.filter(({ what }) => what !== 'grew').map(({ what, at }) => [what, at]),
      [
        ['started', 100],
        ['ended', 1_540],
      ],
    )
    assert.equal(changes.at(-1)!.episode.isAccepted, true)
  })

  test('an episode that was going on when the process ended goes on', () => {
    const before = run(40, minute => (minute >= 30 ? { ...USUAL, errorRate: 0.3 } : USUAL))
    const { episode } = before.find(({ metric }) => metric === 'error_rate')!
    const watch = createWatch(SERVICE, DETECT_DEFAULTS)
    assert.ok(watch.adopt('error_rate', episode))
    assert.deepEqual(watch.open(), [{ metric: 'error_rate', episode }])
    const random = randomOf(5)
    const changes = Array.from({ length: 10 }, (_, i) => watch.step(minuteOf(random, 41 + i, USUAL), {})).flat()
    assert.deepEqual(
      changes.map(({ what, episode: { start } }) => [what, start]),
      [['ended', episode.start]],
    )
  })
})

describe('watching a problem', () => {
  const PROBLEM: Series = { kind: 'problem', environment: 'prod', service: 'orders', name: '00ff' }
  const records = (seed: number, rateAt: (minute: number) => number) => {
    const random = randomOf(seed)
    const watch = createWatch(PROBLEM, DETECT_DEFAULTS)
    const found: string[] = []
    for (let minute = 0; minute < 600; minute++) {
      const count = 2 * poisson(random, rateAt(minute))
      for (const { what } of watch.step({ time: START + minute * 60_000, count, errors: count }, {})) {
        if (what === 'started') found.push(String(minute))
      }
    }
    return found
  }

  test('errors of every day are no news, rare ones neither', () => {
    for (let seed = 1; seed <= 20; seed++) {
      assert.deepEqual(
        records(seed, () => 5),
        [],
        `seed ${seed}`,
      )
      assert.deepEqual(
        records(seed, () => 0.05),
        [],
        `seed ${seed}`,
      )
    }
  })

  test('one that had not occurred before is found within two minutes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [first] = records(seed, minute => (minute >= 16 && minute < 24 ? 5 : 0))
      assert.ok(first !== undefined && Number(first) <= 17, `seed ${seed}: ${first}`)
    }
  })

  test('an operation or a call that is made no more is silence, one that is rarer by far a drop, after an hour of it', () => {
    for (const kind of ['operation', 'edge'] as const) {
      const series: Series = { kind, environment: 'prod', service: 'orders', name: 'payment' }
      const stopped = run(90, minute => (minute < 75 ? USUAL : { ...USUAL, rate: 0 }), { series })
      assert.deepEqual(started(stopped), ['requests silence 77'], kind)
      assert.equal(severityOf(stopped[0]!), 'warning')
      const rarer = run(90, minute => (minute < 75 ? USUAL : { ...USUAL, rate: 10 }), { series })
      assert.match(started(rarer).join(), /^requests drop 7[67]$/)
      assert.equal(severityOf(rarer[0]!), 'info')
      // A job of half an hour that has ended, and traffic that its callers make more of, are none.
      assert.deepEqual(started(run(90, minute => (minute < 30 ? USUAL : { ...USUAL, rate: 0 }), { series })), [])
      assert.deepEqual(started(run(90, minute => (minute < 75 ? USUAL : { ...USUAL, rate: 800 }), { series })), [])
    }
  })
})
