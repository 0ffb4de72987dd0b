import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { readTable } from './csv.ts'
import { type Resource, send } from './send.ts'

/** A fault that was injected into the TrainTicket system, with the quiet minute of its day. */
export interface NezhaCase {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly usualFrom: number
  readonly usualTo: number
  /** Reads the answer; nothing else does. */
  answer(): string
}

/** Container lines begin with the time and the level. */
const LEVEL = /^[\d:.]+\s+(TRACE|DEBUG|INFO|WARN|ERROR)\s/
const SEVERITY: Readonly<Record<string, number>> = { TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 }
const STATEMENT = /^(SELECT|INSERT|UPDATE|DELETE) /

/** Sends everything of the folder, and says which cases there are. */
export async function loadNezha(folder: string, port: number): Promise<NezhaCase[]> {
  const cases: NezhaCase[] = []
  for (const day of readdirSync(folder).filter(name => existsSync(path.join(folder, name, 'normal')))) {
    const usual = await loadWindow(path.join(folder, day, 'normal'), port)
    await loadMetrics(path.join(folder, day, 'metrics'), port)
    for (const name of readdirSync(path.join(folder, day)).filter(one => /^\d+$/.test(one))) {
      const window = path.join(folder, day, name)
      const range = await loadWindow(window, port)
      const answer = () => JSON.parse(readFileSync(path.join(window, 'fault.json'), 'utf8')).service as string // its README
      cases.push({ name: `${day} ${name}`, ...range, usualFrom: usual.from, usualTo: usual.to, answer })
    }
  }
  return cases
}

async function loadWindow(folder: string, port: number): Promise<{ from: number; to: number }> {
  const spans = readTable(path.join(folder, 'traces.csv.gz'))
  const podOf = new Map(spans.map(one => [one.TraceID + one.SpanID!, one.PodName]))
  const callers = new Set(
    spans.filter(one => podOf.get(one.TraceID + one.ParentID!) !== one.PodName).map(one => one.TraceID + one.ParentID!),
  )
  const parents = new Set(spans.map(one => one.TraceID + one.ParentID!))
  await send(
    port,
    'traces',
    byPod(spans, one => {
      const id = one.TraceID + one.SpanID!
      const isEntry = one.ParentID === 'root' || podOf.get(one.TraceID + one.ParentID!) !== one.PodName
      // The publication has no kinds: they are what an instrumentation would have said.
      const isStatement = STATEMENT.test(one.OperationName!) && !parents.has(id)
      const kind = isStatement || (callers.has(id) && !isEntry) ? 3 : isEntry ? 2 : 1
      return {
        ...{
          traceId: one.TraceID,
          spanId: one.SpanID,
          parentSpanId: one.ParentID === 'root' ? '' : one.ParentID,
          kind,
        },
        ...{ name: one.OperationName, startTimeUnixNano: one.StartTimeUnixNano, endTimeUnixNano: one.EndTimeUnixNano },
        attributes: isStatement ? [{ key: 'db.system', value: { stringValue: 'mysql' } }] : [],
      }
    }),
  )
  await send(
    port,
    'logs',
    byPod(readTable(path.join(folder, 'logs.csv.gz')), one => {
      const line = lineOf(one.Log!)
      const level = LEVEL.exec(line)?.[1] ?? 'INFO'
      return {
        ...{ timeUnixNano: nanosOf(one), traceId: one.TraceID, spanId: one.SpanID, body: { stringValue: line } },
        ...{ severityText: level, severityNumber: SEVERITY[level] },
      }
    }),
  )
  const times = spans.map(one => Number(BigInt(one.StartTimeUnixNano!) / 1_000_000n))
  return { from: Math.min(...times) - 1, to: Math.max(...times) + 1 }
}

/** A few records have a number that is no time; the text beside it is. */
function nanosOf({ TimeUnixNano: nanos, Timestamp: text }: Record<string, string>): string {
  return nanos!.startsWith('-') ? `${Date.parse(`${text!.replace(/Z?$/, 'Z')}`)}000000` : nanos!
}

/** The container runtime puts JSON around each line, as every log collector knows. */
function lineOf(record: string): string {
  try {
    return (JSON.parse(record) as { log: string }).log.trimEnd() // the format of the container runtime
  } catch {
    return record
  }
}

async function loadMetrics(folder: string, port: number): Promise<void> {
  const series = {
    'CpuUsageRate(%)': 'k8s.pod.cpu_limit_utilization',
    'MemoryUsageRate(%)': 'k8s.pod.memory_limit_utilization',
  }
  for (const file of readdirSync(folder).filter(name => name.endsWith('_metric.csv.gz'))) {
    const rows = readTable(path.join(folder, file))
    const records = Object.entries(series).map(([column, name]) => ({
      ...{ name, unit: '1' },
      gauge: {
        dataPoints: rows
          .filter(row => row[column] !== '')
          .map(row => ({ timeUnixNano: `${row.TimeStamp}000000000`, asDouble: Number(row[column]) / 100 })),
      },
    }))
    const pod = file.replace('_metric.csv.gz', '')
    await send(port, 'metrics', [{ attributes: resourceOf(pod), records }])
  }
}

function byPod(rows: readonly Record<string, string>[], record: (row: Record<string, string>) => object): Resource[] {
  return [...Map.groupBy(rows, row => row.PodName!)].map(([pod, own]) => ({
    attributes: resourceOf(pod),
    records: own.map(record),
  }))
}

/** A service is its pod's name without the last two parts. */
function resourceOf(pod: string): Record<string, string> {
  const service = pod.split('-').slice(0, -2).join('-')
  return { 'service.name': service, 'k8s.pod.name': pod, 'deployment.environment.name': 'production' }
}
