import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

const INDEX = path.join(import.meta.dirname, '../index.ts')

export interface Ended {
  readonly code: number | null
  /** Lines. */
  readonly stdout: readonly string[]
  readonly stderr: string
  readonly tookMs: number
}

/**
 * Runs a program that has imported `createLogger` and `loggerStatus`, and resolves to how it ended. Its stdout is a file:
 * a pipe that is full makes pino wait, which is not what these tests measure.
 */
export async function runProgram(
  t: TestContext,
  program: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const code = `import { createLogger, loggerStatus } from ${JSON.stringify(INDEX)}\n${program}`
  const folder = await mkdtemp(path.join(tmpdir(), 'sensorium-logger-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const out = await open(path.join(folder, 'stdout'), 'w+')
  const started = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', out.fd, 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  const tookMs = performance.now() - started
  await out.close()
  const stdout = await readFile(path.join(folder, 'stdout'), 'utf8')
  return { code: child.exitCode, stdout: stdout.split('\n').filter(line => line !== ''), stderr, tookMs }
}
