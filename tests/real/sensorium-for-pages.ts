import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { environmentOf, freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Sensorium with its OTLP door open for pages of one origin. */
export interface SensoriumForPages {
  readonly endpoint: string
  kill(): Promise<void>
  start(): Promise<void>
  rows(sql: string): Promise<Record<string, unknown>[]>
}

/** `originAt` is told the endpoint: a page that sends there can be served before there is anything to send to. */
export async function startForPages(
  t: TestContext,
  originAt: (endpoint: string) => string | Promise<string>,
): Promise<SensoriumForPages> {
  const folder = temporaryFolder('for-pages')
  const ports = await freePorts()
  const endpoint = `http://127.0.0.1:${ports.http}`
  const config = path.join(folder, 'sensorium.yaml')
  await writeFile(
    config,
    `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${ports.http}
        cors: { allowed_origins: ["${await originAt(endpoint)}"] }
exporters:
  timescale:
service:
  http: { endpoint: "127.0.0.1:${ports.application}" }
  database: { data_dir: ${path.join(folder, 'postgres')}, port: ${ports.database} }
  pipelines:
    logs: { receivers: [otlp], exporters: [timescale] }
    traces: { receivers: [otlp], exporters: [timescale] }
`,
  )
  const begin = () => startSensorium({ ports, environment: {}, config })
  let sensorium = await begin()
  t.after(() => sensorium.end('SIGTERM'))
  return {
    endpoint,
    kill: async () => void (await sensorium.end('SIGKILL')),
    start: async () => {
      sensorium = await begin()
    },
    async rows(sql) {
      const { stdout, stderr } = await runCommand(['sql', sql, '--json', '--config', config], environmentOf(ports))
      assert.equal(stderr, '')
      return JSON.parse(stdout) as Record<string, unknown>[] // as --json prints
    },
  }
}
