import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util'
import { createAnomalyScorer, SCORER_SETTINGS, type ScorerSettings } from '../../analysis/anomaly/scorer.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { readSeries, type Series } from './series.ts'
import { createWindowedGaussian } from './windowed-gaussian.ts'

/**
 * How well anomalies are found early, and how fast, beside a windowed Gaussian in the same run.
 *
 *   npm run bench:anomaly [-- --data DIR --scorer FILE --held-out --json]
 *
 * DIR is a folder in the layout of the Numenta Anomaly Benchmark with `windows.json`; FILE scores `DIR SCORES_DIR`, with
 * the benchmark's standard profile. Each part is scored with a threshold of its own. With --held-out the constants are
 * chosen anew, on one half of the series, and scored on the other: halves by every other series, and by folder.
 */
const SHARED = path.resolve(import.meta.dirname, '../../../shared')
const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: path.join(SHARED, 'data/nab') },
    scorer: { type: 'string', default: path.join(SHARED, 'tools/nab-score') },
    'held-out': { type: 'boolean' },
    json: { type: 'boolean' },
  },
})
const run = promisify(execFile)
const DETECTORS = { sensorium: createAnomalyScorer, 'windowed gaussian': createWindowedGaussian }

const series = await readSeries(options.data)
const parts = {
  all: series,
  tuned: series.filter(one => one.isTuned),
  apart: series.filter(one => !one.isTuned),
  real: series.filter(isReal),
  artificial: series.filter(one => !isReal(one)),
}
const folder = temporaryFolder('anomaly')
const data = new Map<string, string>()
for (const [part, members] of Object.entries(parts)) data.set(part, await partFolder(part, members))
const points = series.reduce((sum, one) => sum + one.points.length, 0)
const report: Record<string, Record<string, number | string>> = {}
for (const [name, create] of Object.entries(DETECTORS)) {
  const { seconds, ...line } = await measure(name, create)
  report[name] = { ...line, points_per_s: Math.round(points / seconds) }
}
const heldOut = options['held-out'] ? await chooseOnHalves() : []
if (options.json) console.log(JSON.stringify({ series: series.length, points, ...report, held_out: heldOut }))
else {
  console.log(
    `${series.length} series, ${points} points; standard profile, 0 never fires, 100 fires once at each start`,
  )
  console.table(report)
  if (heldOut.length > 0) console.table(heldOut)
}

async function measure(name: string, create: () => (timeMs: number, value: number) => number) {
  const scores = path.join(folder, name)
  const start = performance.now()
  const answers = series.map(one => {
    const score = create()
    return one.points.map(({ timeMs, value }) => score(timeMs, value))
  })
  const seconds = (performance.now() - start) / 1_000
  for (const [i, one] of series.entries()) {
    await mkdir(path.join(scores, path.dirname(one.name)), { recursive: true })
    await writeFile(path.join(scores, one.name), answers[i]!.map(answer => `${answer}\n`).join(''))
  }
  const line: Record<string, number | string> = {}
  for (const [part, source] of data) line[part] = await scoreOf(source, scores)
  return { ...line, seconds }
}

/** Each half in turn chooses among neighbours of the constants; what counts is the score of the other half. */
async function chooseOnHalves() {
  const choices: ScorerSettings[] = [0.03, 0.04, 0.06].flatMap(tail =>
    [0.99, 0.995, 0.998].flatMap(decay => [0.8, 1].map(seasonWeight => ({ tail, decay, seasonWeight }))),
  )
  const lines: { readonly choice: ScorerSettings; readonly line: Record<string, number | string> }[] = []
  for (const [i, choice] of choices.entries()) {
    const { seconds: _, ...line } = await measure(`choice ${i}`, () => createAnomalyScorer(choice))
    lines.push({ choice, line })
  }
  const halves = [
    ['tuned', 'apart'],
    ['apart', 'tuned'],
    ['real', 'artificial'],
    ['artificial', 'real'],
  ] as const
  return halves.map(([own, other]) => {
    const best = lines.toSorted((a, b) => Number(b.line[own]) - Number(a.line[own]))[0]!
    const shipped = lines.find(({ choice }) => isDeepStrictEqual(choice, SCORER_SETTINGS))!
    return {
      chosen_on: own,
      ...best.choice,
      there: best.line[own],
      held_out: other,
      score: best.line[other],
      shipped: shipped.line[other],
    }
  })
}

function isReal({ name }: Series): boolean {
  return name.startsWith('real')
}

/** The scorer takes a folder, so a part is one that links to the series and names its members alone. */
async function partFolder(part: string, members: readonly Series[]): Promise<string> {
  const data = path.join(folder, `data-${part}`)
  await mkdir(data)
  for (const group of new Set(series.map(one => path.dirname(one.name)))) {
    await symlink(path.resolve(options.data, group), path.join(data, group))
  }
  const windows = Object.fromEntries(members.map(one => [one.name, one.windows]))
  await writeFile(path.join(data, 'windows.json'), JSON.stringify(windows))
  return data
}

async function scoreOf(data: string, scores: string): Promise<number | string> {
  const { stdout } = await run('python3', [options.scorer, data, scores])
  const found = /: (-?[\d.]+) \(/.exec(stdout)?.[1]
  return found === undefined ? 'no windows' : Number(found)
}
