import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf, isWithin, type TimeInterval } from './time-intervals.ts'

const NIGHT = [{ start_time: '22:00', end_time: '07:00' }]
const STOCKHOLM = 'Europe/Stockholm'

const CASES: readonly (readonly [TimeInterval, within: readonly string[], outside: readonly string[]])[] = [
  [
    { times: NIGHT },
    ['2026-11-30T22:00Z', '2026-11-30T23:59Z', '2026-12-01T06:59Z'],
    ['2026-11-30T21:59Z', '2026-12-01T07:00Z'],
  ],
  // The clocks go forward on 29 March 2026 and back on 25 October: nights stay nights.
  [
    { times: NIGHT, location: STOCKHOLM },
    ['2026-03-28T21:00Z', '2026-03-29T04:59Z', '2026-10-25T05:59Z'],
    ['2026-03-28T20:59Z', '2026-03-29T05:00Z', '2026-10-25T06:00Z'],
  ],
  // Friday night is Friday's, also on Saturday morning.
  [
    { times: NIGHT, weekdays: ['friday'] },
    ['2026-11-27T22:00Z', '2026-11-28T03:00Z'],
    ['2026-11-27T03:00Z', '2026-11-28T22:30Z'],
  ],
  [
    { weekdays: ['saturday:monday'] },
    ['2026-11-28T12:00Z', '2026-11-30T12:00Z'],
    ['2026-11-27T12:00Z', '2026-12-01T12:00Z'],
  ],
  [
    { days_of_month: ['-2:-1'] },
    ['2026-02-27T12:00Z', '2026-02-28T12:00Z', '2028-02-29T12:00Z'],
    ['2026-02-26T12:00Z', '2028-02-27T12:00Z'],
  ],
  [
    { days_of_month: ['24:26'], months: ['december'] },
    ['2026-12-24T00:00Z'],
    ['2026-11-24T00:00Z', '2026-12-27T00:00Z'],
  ],
  [
    { years: ['2026:2027'], months: ['1', '11:12'] },
    ['2026-01-05T00:00Z', '2027-12-05T00:00Z'],
    ['2028-01-05T00:00Z', '2026-05-05T00:00Z'],
  ],
  [{ times: [{ start_time: '09:00', end_time: '17:00' }] }, ['2026-11-30T16:59Z'], ['2026-11-30T17:00Z']],
]

test('a time interval holds at the times of its place, past midnight and when the clocks change', () => {
  for (const [interval, within, outside] of CASES) {
    for (const time of within)
      assert.equal(isWithin(interval, new Date(time)), true, `${JSON.stringify(interval)} ${time}`)
    for (const time of outside)
      assert.equal(isWithin(interval, new Date(time)), false, `${JSON.stringify(interval)} ${time}`)
  }
})

test('what is no interval is told', () => {
  for (const [interval] of CASES) assert.equal(faultOf(interval), undefined)
  const wrong: TimeInterval[] = [
    { weekdays: ['someday'] },
    { times: [{ start_time: '25:00', end_time: '07:00' }] },
    { days_of_month: ['0'] },
    { months: ['13'] },
    { years: ['1:2:3'] },
    { location: 'Europe/Nowhere' },
  ]
  for (const interval of wrong) assert.ok(faultOf(interval), JSON.stringify(interval))
})
