import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { blocksOf } from '../../../scripts/docs-blocks.ts'

/**
 * Does what README says, in a fresh copy of the repository and a network of its own, on terminals (`script`, of util-linux),
 * and prints what was to be seen as JSON. `npm ci` is left out: it needs a registry, and is a step of CI.
 *
 *     node person.ts FOLDER
 */
export interface Seen {
  readonly command: string
  readonly columns: number
  readonly isPlain: boolean
  readonly text: string
  readonly status: number | null
  /** Since `npm start` was typed. */
  readonly endedS: number
}

const LOOKS = [
  { columns: 120, isPlain: false },
  { columns: 120, isPlain: true },
  { columns: 60, isPlain: false },
  { columns: 60, isPlain: true },
]
const READY_LIMIT_MS = 120_000

const folder = process.argv[2]!
const blocks = blocksOf(readFileSync(path.join(folder, 'README.md'), 'utf8')).map(({ text }) => text)
const lookAround = blocks.find(text => text.includes('npm run demo'))!
const firstRecord = blocks.find(text => text.includes('curl '))!
const seen: Seen[] = []
const startMs = performance.now()

const server = spawn('script', ['-qec', 'stty cols 120; npm start', '/dev/null'], { cwd: folder })
let banner = ''
server.stdout.on('data', (chunk: Buffer) => {
  banner += chunk.toString()
})
const isOver = once(server, 'exit')
const late = setTimeout(() => server.kill('SIGKILL'), READY_LIMIT_MS)
while (!/ is ready[\s\S]*ingest_accounting/.test(banner) && server.exitCode === null && server.signalCode === null)
  await Promise.race([once(server.stdout, 'data'), isOver])
clearTimeout(late)
seen.push({ command: 'npm start', columns: 120, isPlain: false, text: banner, status: 0, endedS: sinceStart() })

look(firstRecord, LOOKS[0]!)
const [demo = '', ...commands] = lookAround.split('\n').map(line => line.replace(/\s+#.*$/, '').trim())
look(demo, LOOKS[0]!)
for (const one of LOOKS) for (const command of commands) look(command, one)

// Ctrl-C, as a person ends it.
server.stdin.write('\u0003')
await isOver
console.log(JSON.stringify(seen))

function look(command: string, { columns, isPlain }: (typeof LOOKS)[number]): void {
  const line = `stty cols ${columns}; ${command.replaceAll('\\\n', ' ')}`
  const { stdout, status } = spawnSync('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...(isPlain ? { NO_COLOR: '1' } : {}) },
  })
  seen.push({ command, columns, isPlain, text: stdout, status, endedS: sinceStart() })
}

function sinceStart(): number {
  return (performance.now() - startMs) / 1_000
}
