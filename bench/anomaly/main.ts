import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { createAnomalyScorer } from '../../analysis/anomaly/scorer.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { readSeries, type Series } from './series.ts'
import { createWindowedGaussian } from './windowed-gaussian.ts'

/**
 * How well anomalies are found early, and how fast, beside a windowed Gaussian in the same run.
 *
 *   npm run bench:anomaly [-- --data DIR --scorer FILE --json]
 *
 * DIR is a folder in the layout of the Numenta Anomaly Benchmark with `windows.json`; FILE scores `DIR SCORES_DIR`, with
 * the benchmark's standard profile. Each part is scored with a threshold of its own.
 */
const SHARED = path.resolve(import.meta.dirname, '../../../shared')
const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: path.join(SHARED, 'data/nab') },
    scorer: { type: 'string', default: path.join(SHARED, 'tools/nab-score') },
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
}
const folder = temporaryFolder('anomaly')
const data = new Map<string, string>()
for (const [part, members] of Object.entries(parts)) data.set(part, await partFolder(part, members))
const points = series.reduce((sum, one) => sum + one.points.length, 0)
const report: Record<string, Record<string, number | string>> = {}
for (const [name, create] of Object.entries(DETECTORS)) {
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
  report[name] = { ...line, points_per_s: Math.round(points / seconds) }
}
if (options.json) console.log(JSON.stringify({ series: series.length, points, ...report }))
else {
  console.log(
    `${series.length} series, ${points} points; standard profile, 0 never fires, 100 fires once at each start`,
  )
  console.table(report)
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
