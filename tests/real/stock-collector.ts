import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../postgres-server.ts'
import { ROOT } from '../sensorium-process.ts'

const run = promisify(execFile)
const POLL_MS = 200
const READY_LIMIT_MS = 30_000

export interface Programs {
  readonly collector: string
  readonly telemetrygen: string
}

/** The programs that scripts/real/collector.sh builds, or has built before. */
export async function programs(): Promise<Programs> {
  const { stdout } = await run('bash', [path.join(ROOT, 'scripts/real/collector.sh')], { maxBuffer: 1 << 24 })
  const find = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(stdout)?.[1]
  const [collector, telemetrygen] = [find('OTELCOL'), find('TELEMETRYGEN')]
  if (collector === undefined || telemetrygen === undefined) throw new Error(`no programs in: ${stdout}`)
  return { collector, telemetrygen }
}

export interface Gateway {
  readonly grpc: string
  readonly http: string
  /** Kills the process, leaving its queue on disk, and starts it again on it. */
  crash(): Promise<void>
}

/** The stock Collector with collector/gateway.yaml, sending to Sensorium at `sensoriumGrpc`. */
export async function startGateway(t: TestContext, collector: string, sensoriumGrpc: string): Promise<Gateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sensorium-gateway-'))
  const [grpc, http, health, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const environment = {
    ...process.env,
    SENSORIUM_ENDPOINT: sensoriumGrpc,
    SENSORIUM_INSECURE: 'true',
    GATEWAY_OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
    GATEWAY_OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
    GATEWAY_HEALTH_ENDPOINT: `127.0.0.1:${health}`,
    GATEWAY_METRICS_PORT: String(metrics),
    GATEWAY_QUEUE_DIR: path.join(folder, 'queue'),
    // The tests kill processes, not the machine.
    GATEWAY_QUEUE_FSYNC: 'false',
  }
  let child: ChildProcess
  const start = async () => {
    const config = path.join(ROOT, 'collector/gateway.yaml')
    child = spawn(collector, ['--config', config], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
    let log = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-20_000)
    })
    await until(READY_LIMIT_MS, `the collector answers its health check; it said:\n${log}`, async () => {
      if (child.exitCode !== null) throw new Error(`the collector ended with ${child.exitCode}:\n${log}`)
      return (await fetch(`http://127.0.0.1:${health}`).catch(() => undefined))?.ok === true
    })
  }
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  await start()
  t.after(async () => {
    await kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  return {
    grpc: `127.0.0.1:${grpc}`,
    http: `127.0.0.1:${http}`,
    crash: async () => {
      await kill('SIGKILL')
      await start()
    },
  }
}

/** Runs telemetrygen to its end. Throws with its output when it fails. */
export async function generate(telemetrygen: string, gateway: string, args: readonly string[]): Promise<void> {
  await run(telemetrygen, [...args, '--otlp-insecure', '--otlp-endpoint', gateway], { maxBuffer: 1 << 26 })
}

/** Asks again and again until `isSo`; fails with `what` after the limit. */
export async function until(limitMs: number, what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + limitMs; Date.now() < end; await pause(POLL_MS)) if (await isSo()) return
  throw new Error(`after ${limitMs} ms it still does not hold: ${what}`)
}
