import { spawn } from 'node:child_process'
import path from 'node:path'
import { createDatabase } from '../../tests/postgres.ts'

/**
 * How long a command takes to its first byte of output: `npm run bench:cli -- --rounds 10`. The commands take turns, and
 * `node -e 0` with them, so that a busy machine shows in all alike: what counts is the ratio to it. No test: a limit in
 * seconds would say more of the machine than of us.
 */
const BIN = path.resolve(import.meta.dirname, '../../bin/sensorium.mjs')
const COMMANDS: readonly (readonly string[])[] = [
  ['version'],
  ['--help'],
  ['sql', 'SELECT 1'],
  ['schema'],
  ['groups', 'list'],
  ['search', 'payment'],
  ['config', 'check'],
  ['doctor'],
]
const BARE = 'node -e 0'

const at = process.argv.indexOf('--rounds')
const rounds = at === -1 ? 10 : Number(process.argv[at + 1])
const { url } = await createDatabase()
const taken = new Map<string, number[]>()
const note = (name: string, ms: number) => taken.set(name, [...(taken.get(name) ?? []), ms])
for (let round = 0; round < rounds; round++) {
  note(BARE, await firstOutputMs(['-e', 'process.stdout.write("0")']))
  for (const words of COMMANDS) note(words.join(' '), await firstOutputMs([BIN, ...words]))
}
const bare = median(taken.get(BARE)!)
for (const [name, all] of taken) {
  const ms = median(all)
  console.log(`${name.padEnd(20)} median ${ms.toFixed(0).padStart(5)} ms  ${(ms / bare).toFixed(1)} × ${BARE}`)
}

function firstOutputMs(words: readonly string[]): Promise<number> {
  const startMs = performance.now()
  const child = spawn(process.execPath, words, {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let firstMs = Number.NaN
  child.stdout.on('data', () => {
    if (Number.isNaN(firstMs)) firstMs = performance.now() - startMs
  })
  return new Promise(resolve => child.once('close', () => resolve(firstMs)))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
