import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../postgres-server.ts'
import { ROOT } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const run = promisify(execFile)

/** A database for Sensorium, and a way to make it crash. */
export interface RealDatabase {
  /** For `sensorium start` and `sensorium sql`. */
  readonly environment: Readonly<Record<string, string>>
  /** What `sensorium doctor` calls it. */
  readonly footing: string
  /** Kills the server without a checkpoint; it is up again when this resolves, or comes up by itself. */
  crash(): Promise<void>
}

/** The embedded server: Sensorium runs it and starts it again. */
export async function embedded(): Promise<RealDatabase> {
  const folder = temporaryFolder('real')
  const data = path.join(folder, 'postgres')
  return {
    environment: { SENSORIUM_DATA_DIR: data },
    footing: 'embedded',
    crash: async () => {
      const pid = readFileSync(path.join(data, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]
      process.kill(Number(pid), 'SIGKILL')
    },
  }
}

/** TimescaleDB, the Apache-licence build of Debian, in its chroot. */
export async function timescale(t: TestContext): Promise<RealDatabase> {
  const script = path.join(ROOT, 'scripts/real/timescale.sh')
  const port = String(await freePort())
  const { stdout } = await run('bash', [script, 'up', port])
  t.after(() => run('bash', [script, 'down', port]))
  return {
    environment: { DATABASE_URL: stdout.trim() },
    footing: 'timescale_apache',
    crash: async () => {
      await run('bash', [script, 'restart', port])
    },
  }
}
