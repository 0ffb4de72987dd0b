import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { freePort } from './postgres-server.ts'

export const ROOT = path.resolve(import.meta.dirname, '..')
const BIN = path.join(ROOT, 'bin/sensorium.mjs')

export interface Ports {
  readonly grpc: number
  readonly http: number
  readonly application: number
  readonly database: number
}

export async function freePorts(): Promise<Ports> {
  const [grpc, http, application, database] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
  return { grpc: grpc!, http: http!, application: application!, database: database! }
}

export interface ProcessOptions {
  readonly ports: Ports
  /** Beside what the ports set: DATABASE_URL or SENSORIUM_DATA_DIR, mostly. */
  readonly environment: Readonly<Record<string, string>>
  readonly config?: string
}

/** A running `sensorium start`. */
export interface SensoriumProcess {
  readonly child: ChildProcess
  readonly pid: number
  readonly ports: Ports
  /** All that it wrote so far. */
  output(): string
  /** Sends the signal and resolves to how the process ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Sensorium as a user runs it, in a process of its own. Rejects with its output when it ends before it is ready. */
export async function startSensorium(options: ProcessOptions): Promise<SensoriumProcess> {
  const { ports } = options
  const child = spawnCommand(
    ['start', '--json', ...(options.config === undefined ? [] : ['--config', options.config])],
    {
      ...environmentOf(ports),
      ...options.environment,
    },
  )
  // A test or benchmark that ends by an error leaves nothing running: Sensorium stops its database, too.
  const stop = () => child.kill('SIGTERM')
  process.once('exit', stop)
  child.once('exit', () => process.off('exit', stop))
  let output = ''
  const ready = Promise.withResolvers<void>()
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('"msg":"ready"')) ready.resolve()
    })
  }
  child.once('exit', code => ready.reject(new Error(`sensorium ended with ${code} before it was ready:\n${output}`)))
  await ready.promise
  return {
    child,
    pid: child.pid!,
    ports,
    output: () => output,
    end: async signal => {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit')
        child.kill(signal)
        await exit
      }
      return { code: child.exitCode, signal: child.signalCode }
    },
  }
}

export function environmentOf(ports: Ports): Record<string, string> {
  return {
    SENSORIUM_OTLP_GRPC_ENDPOINT: `127.0.0.1:${ports.grpc}`,
    SENSORIUM_OTLP_HTTP_ENDPOINT: `127.0.0.1:${ports.http}`,
    SENSORIUM_HTTP_ENDPOINT: `127.0.0.1:${ports.application}`,
    SENSORIUM_DATABASE_PORT: String(ports.database),
  }
}

/** Runs a command of the CLI to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawnCommand(args, environment)
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

function spawnCommand(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const { DATABASE_URL: _, ...inherited } = process.env
  return spawn(process.execPath, ['--max-semi-space-size=32', BIN, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, ...environment },
  })
}
