import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { readCsv } from './csv.ts'
import { send } from './send.ts'

/** An issue of the PetShop data: metrics of parts and who calls whom, nothing else. */
export interface PetshopCase {
  readonly name: string
  readonly seenAt: string
  readonly metric: 'latency' | 'availability'
  readonly from: number
  readonly to: number
  readonly usualFrom: number
  readonly usualTo: number
  readonly environment: string
  readonly calls: ReadonlyMap<string, readonly string[]>
  answer(): string
}

const HEAD_ROWS = 3
/** Parts that are known by what their callers saw of them. */
const SEEN_FROM_OUTSIDE = /_remote$/

interface Target {
  readonly target: { readonly node: string; readonly metric: 'latency' | 'availability'; readonly agg: string }
  readonly root_cause: { readonly node: string }
}

/** Sends the metrics of every issue, each under an environment of its own: their times overlap. */
export async function loadPetshop(folder: string, port: number): Promise<PetshopCase[]> {
  const cases: PetshopCase[] = []
  for (const traffic of readdirSync(folder).filter(name => existsSync(path.join(folder, name, 'graph.csv')))) {
    const at = (...names: string[]) => path.join(folder, traffic, ...names)
    const calls = readGraph(at('graph.csv'))
    for (const split of readdirSync(at()).filter(name => existsSync(at(name)) && name !== 'noissue')) {
      if (!existsSync(at(split)) || split.endsWith('.csv')) continue
      for (const issue of readdirSync(at(split))) {
        const read = () => JSON.parse(readFileSync(at(split, issue, 'target.json'), 'utf8')) as Target // its README
        const { node, metric, agg } = read().target
        const environment = `${traffic} ${split} ${issue}`
        const usual = await sendLevels(at('noissue', 'metrics.csv.gz'), environment, metric, agg, port)
        const window = await sendLevels(at(split, issue, 'metrics.csv'), environment, metric, agg, port)
        cases.push({
          ...{ name: environment, environment, seenAt: node, metric, calls, ...window },
          ...{ usualFrom: usual.from, usualTo: usual.to, answer: () => read().root_cause.node },
        })
      }
    }
  }
  return cases
}

/** Rows call columns. */
function readGraph(file: string): Map<string, readonly string[]> {
  const [[, ...names], ...rows] = readCsv(file) as [string[], ...string[][]]
  return new Map(rows.map(([caller, ...cells]) => [caller!, names.filter((_, i) => Number(cells[i]) > 0)]))
}

async function sendLevels(file: string, environment: string, metric: string, statistic: string, port: number) {
  const rows = readCsv(file)
  const [parts, metrics, statistics] = rows as [string[], string[], string[]]
  const data = rows.slice(HEAD_ROWS).filter(row => /^\d+(\.\d+)?$/.test(row[0]!))
  await send(
    port,
    'metrics',
    parts.flatMap((part, column) => {
      if (column === 0 || metrics[column] !== metric || statistics[column] !== statistic) return []
      const dataPoints = data
        .filter(row => (row[column] ?? '') !== '')
        .map(row => ({ timeUnixNano: `${Math.round(Number(row[0]))}000000000`, asDouble: Number(row[column]) }))
      const attributes = {
        ...{ 'service.name': part, 'deployment.environment.name': environment },
        ...(SEEN_FROM_OUTSIDE.test(part) ? { 'sensorium.seen_from': 'outside' } : {}),
      }
      return dataPoints.length === 0
        ? []
        : [{ attributes, records: [{ name: metric, unit: metric === 'latency' ? 's' : '%', gauge: { dataPoints } }] }]
    }),
  )
  const times = data.map(row => Number(row[0]) * 1_000)
  return { from: Math.min(...times) - 1, to: Math.max(...times) + 1 }
}
