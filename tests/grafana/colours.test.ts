import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ANY_LINES,
  BAD,
  GOOD,
  NEUTRAL,
  OF_BUILDS,
  OF_PROPOSALS,
  OF_RECORDS,
  OF_REPORTS,
  PLACES,
  QUANTILES,
  WATCH,
} from '../../dashboards/colours.ts'
import { readDashboards } from './read-dashboards.ts'

type Triple = readonly [number, number, number]

/** How people without cones for red, green or blue see linear RGB: Machado, Oliveira and Fernandes (2009), severity 1. */
const SIGHTS: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  'all colours': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}
/** Six times what can just be told apart side by side. */
const APART = 15

test('colours of one panel are told apart however somebody sees them', () => {
  const sets = {
    OF_BUILDS,
    OF_PROPOSALS,
    OF_RECORDS,
    OF_REPORTS,
    PLACES,
    QUANTILES,
    steps: { GOOD, WATCH, BAD, NEUTRAL },
  }
  for (const [set, colours] of Object.entries(sets)) {
    const names = Object.entries<string>(colours)
    for (const [sight, matrix] of Object.entries(SIGHTS)) {
      for (const [i, [a, first]] of names.entries()) {
        for (const [b, second] of names.slice(i + 1)) {
          const distance = Math.hypot(...seen(first, matrix).map((value, n) => value - seen(second, matrix)[n]!))
          assert.ok(distance >= APART, `${set}, ${sight}: ${a} and ${b} are ${distance.toFixed(1)} apart`)
        }
      }
    }
  }
})

test('no panel takes colours that only some people tell apart', () => {
  const modes = new Set<string>()
  for (const dashboard of readDashboards()) {
    for (const [, mode] of JSON.stringify(dashboard).matchAll(/"mode":"((?:palette|continuous)-[\w-]+|fixed)"/g))
      modes.add(mode!)
  }
  assert.deepEqual([...modes].sort(), ['fixed', ANY_LINES])
})

/** CIELAB, D65. */
function seen(hex: string, matrix: readonly Triple[]): Triple {
  const linear = [1, 3, 5]
    .map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  const [r = 0, g = 0, b = 0] = matrix.map(row =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, share, i) => sum + share * linear[i]!, 0),
      ),
    ),
  )
  const f = (value: number) => (value > 216 / 24389 ? Math.cbrt(value) : (841 / 108) * value + 4 / 29)
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}
