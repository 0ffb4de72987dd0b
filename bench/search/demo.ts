import path from 'node:path'
import { environmentOf, freePorts, runCommand, startSensorium } from '../../tests/sensorium-process.ts'

const CONFIG = path.join(import.meta.dirname, '../sensorium.yaml')
const DEMOS = [1, 2, 3]
const DEMO_MINUTES = 10

/** Sends through a running Sensorium into the database at `url`, and ends it when `isDone` says that all is folded in. */
export async function through(
  url: string,
  send: (endpoint: string, environment: ReturnType<typeof environmentOf>) => Promise<void>,
  isDone: () => Promise<boolean>,
): Promise<void> {
  const ports = await freePorts()
  const sensorium = await startSensorium({ ports, environment: { DATABASE_URL: url }, config: CONFIG })
  await send(`http://127.0.0.1:${ports.http}`, environmentOf(ports))
  while (!(await isDone())) await new Promise(resolve => setTimeout(resolve, 200))
  await sensorium.end('SIGTERM')
}

export async function sendRequest(endpoint: string, request: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${endpoint}/v1/logs`, { method: 'POST', headers, body: JSON.stringify(request) })
  if (!response.ok) throw new Error(`Sensorium answered ${response.status}: ${await response.text()}`)
}

export async function sendDemo(endpoint: string, environment: ReturnType<typeof environmentOf>): Promise<void> {
  for (const seed of DEMOS) {
    const args = ['--seed', String(seed), '--minutes', String(DEMO_MINUTES), '--truth', '/dev/null']
    const { code, stderr } = await runCommand(['demo', ...args, '--endpoint', endpoint], environment)
    if (code !== 0) throw new Error(`the demo ended with ${code}: ${stderr}`)
  }
}
