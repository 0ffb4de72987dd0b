import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const COMMANDS = new URL('../../cli/commands/', import.meta.url)
const FAILURE = new URL('../../cli/failure.ts', import.meta.url)

export interface CommandProcess {
  readonly child: ChildProcess
  readonly output: () => { stdout: string; stderr: string }
  /** Resolves once stdout and stderr together match; rejects when the process ends before. */
  saying(pattern: RegExp): Promise<void>
  /** Resolves to how it ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** A command of the CLI in a process of its own, as the entry point would run it. */
export function startCommand(
  file: string,
  exported: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): CommandProcess {
  const code = `
    const { ${exported} } = await import('${new URL(file, COMMANDS)}')
    const { fail } = await import('${FAILURE}')
    try { await ${exported}().parseAsync(process.argv.slice(1), { from: 'user' }) } catch (error) { fail(error) }`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...environment },
  })
  let stdout = ''
  let stderr = ''
  const waiting: { pattern: RegExp; resolve: () => void }[] = []
  const notice = () => {
    for (const { pattern, resolve } of waiting) if (pattern.test(stdout + stderr)) resolve()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    notice()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    notice()
  })
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }))
  return {
    child,
    output: () => ({ stdout, stderr }),
    ended,
    saying: pattern =>
      new Promise((resolve, reject) => {
        waiting.push({ pattern, resolve })
        notice()
        void ended.then(how => reject(new Error(`ended (${how.code}) without saying ${pattern}:\n${stdout}${stderr}`)))
      }),
  }
}
