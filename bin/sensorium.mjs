#!/usr/bin/env -S node --max-semi-space-size=32
// The flag: decoded records live for milliseconds; a young generation beyond this costs 40 MB and saves no time.
// Plain JavaScript that any Node can read: it finds a Node that runs TypeScript, and hands over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isRecent = major > 24 || (major === 24 && minor >= 12)

if (isRecent) {
  // Types are stripped and code is compiled once for each file, not at every command. A folder of the account's own:
  // whoever may write there decides what we run. Where it cannot be made, everything works without.
  nodeModule.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sensorium/compiled'))
  await import('../cli/main.ts')
} else {
  const bundled = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (!existsSync(bundled)) {
    console.error(
      `sensorium needs Node 24.12 or newer; this is ${process.version}. Run "npm ci" in the checkout: it brings one.`,
    )
    process.exit(1)
  }
  const child = spawn(bundled, ['--max-semi-space-size=32', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)))
}
