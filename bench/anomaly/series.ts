import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { readRow } from '../../analysis/anomaly/read-row.ts'

/** A labelled series of a folder in the layout of the Numenta Anomaly Benchmark. */
export interface Series {
  /** `folder/file.csv`, as windows.json has it. */
  readonly name: string
  readonly points: readonly { readonly timeMs: number; readonly value: number }[]
  /** Its anomalies, as windows.json has them. */
  readonly windows: unknown
  /** Within each folder, in order of names, the settings were first tuned on every other series, from the first. */
  readonly isTuned: boolean
}

export async function readSeries(folder: string): Promise<Series[]> {
  const labels: unknown = JSON.parse(await readFile(path.join(folder, 'windows.json'), 'utf8'))
  if (typeof labels !== 'object' || labels === null) throw new Error(`${folder}/windows.json holds no object`)
  const counts = new Map<string, number>()
  const series: Series[] = []
  for (const [name, windows] of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const group = path.dirname(name)
    const place = counts.get(group) ?? 0
    counts.set(group, place + 1)
    const lines = (await readFile(path.join(folder, name), 'utf8')).split(/\r?\n/)
    const points = lines.flatMap((line, i) => {
      const row = readRow(line, i === 0)
      if (row.kind === 'fault') throw new Error(`${name}, line ${i + 1}: ${row.fault}`)
      return row.kind === 'value' ? [row] : []
    })
    series.push({ name, points, windows, isTuned: place % 2 === 0 })
  }
  return series
}
