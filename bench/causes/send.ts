/** Sends OTLP/JSON to a running Sensorium. */

export interface Attributes {
  readonly [key: string]: string
}

export interface Resource {
  readonly attributes: Attributes
  readonly records: readonly object[]
}

const RECORDS_PER_REQUEST = 1_000
const SHAPES = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const

/** @throws Error when a request is not answered with 200. */
export async function send(port: number, signal: keyof typeof SHAPES, resources: readonly Resource[]): Promise<void> {
  const [outer, middle, inner] = SHAPES[signal]
  for (const { attributes, records } of resources) {
    for (let from = 0; from < records.length; from += RECORDS_PER_REQUEST) {
      const part = records.slice(from, from + RECORDS_PER_REQUEST)
      const body = { [outer]: [{ resource: { attributes: attributesOf(attributes) }, [middle]: [{ [inner]: part }] }] }
      const answer = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      if (answer.status !== 200 || text.includes('rejected')) throw new Error(`${signal}: ${answer.status} ${text}`)
    }
  }
}

export function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
