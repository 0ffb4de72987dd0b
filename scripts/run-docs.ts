import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { temporaryFolder } from '../tests/temporary-folder.ts'
import { type Block, blocksOf } from './docs-blocks.ts'

/**
 * Runs every command block (```sh) of README.md and docs/ as it is written, against a Sensorium that was started and
 * filled by `sensorium demo`, and closes with `N passed, N failed, N skipped`. Words name the pages; all without.
 *
 * The blocks name the usual ports, so all of it runs in a network of its own (unshare, of util-linux). A block that
 * cannot run here says so, with the reason, in a comment of the line above it:
 *
 *     <!-- not run: needs a registry -->
 *
 * Blocks of a page share one shell, from top to bottom. Those of a package's page run in a project of their own, which
 * installs what was built (`npm run build:clients`) from a registry on loopback. At last the ids in pages and in the help of commands are looked up.
 */
const ROOT = path.resolve(import.meta.dirname, '..')
/** Some blocks are seven commands, and machines are busy. */
const BLOCK_LIMIT_MS = 300_000
const READY_LIMIT_MS = 120_000
const INCIDENT_LIMIT_MS = 300_000
const SECRET = 'a-secret-that-both-know'
/** Of the server of somebody's own, the stand-in of Grafana and the chat (docs-neighbours.ts). */
const POSTGRES_PASSWORD = 'of-a-server-of-yours'
const GRAFANA = { url: 'http://127.0.0.1:3000', api_key: 'glsa_test' }
const CHAT = 'http://127.0.0.1:3001/hook'
/** Pages that show ids of the demo's problems; those of agents' answers are made by a script of their own. */
const PAGES_WITH_IDS: ReadonlySet<string> = new Set(['docs/groups.md', 'docs/search.md', 'docs/command-line.md'])
const ID = /\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,16}\b|\b\d{10}\b/g

if (process.env.SENSORIUM_DOCS_INSIDE === undefined) {
  const inside = ['unshare', '--net', '--map-root-user', '--', 'bash', '-c', 'ip link set lo up && exec "$0" "$@"']
  const [program = '', ...words] = [...inside, process.execPath, ...process.argv.slice(1)]
  const isRoot = process.getuid?.() === 0
  const { status } = spawnSync(program, isRoot ? words.filter(word => word !== '--map-root-user') : words, {
    stdio: 'inherit',
    env: { ...process.env, SENSORIUM_DOCS_INSIDE: '1' },
  })
  process.exit(status ?? 1)
}

const folder = temporaryFolder('docs')
const environment = {
  ...without(process.env, 'DATABASE_URL'),
  PATH: `${path.join(ROOT, 'node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
  SENSORIUM_DATA_DIR: path.join(folder, 'postgres'),
  XDG_STATE_HOME: path.join(folder, 'state'),
  PULSE_INGEST_SECRET: SECRET,
  npm_config_offline: 'true',
  PGPASSWORD: POSTGRES_PASSWORD,
}
const REGISTRY_PORT = 4873
const words = process.argv.slice(2)
/** A checkout to look at; what blocks write stays in it. */
const checkout = path.join(folder, 'checkout')
mkdirSync(checkout)
for (const name of readdirSync(ROOT).filter(name => !['data', '.git'].includes(name))) {
  symlinkSync(path.join(ROOT, name), path.join(checkout, name))
}
writeFiles()
/** Of a node, as `sensorium nodes add` prints it. */
let nodeKey = ''
const counts = { passed: 0, failed: 0, skipped: 0 }
const server = spawn(process.execPath, [path.join(ROOT, 'bin/sensorium.mjs'), 'start', '--json'], {
  cwd: folder,
  env: environment,
  stdio: ['ignore', 'ignore', 'inherit'],
})
const registry = spawn(process.execPath, [path.join(ROOT, 'scripts/package-registry.ts'), String(REGISTRY_PORT)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const neighbours = spawn(
  process.execPath,
  [path.join(ROOT, 'scripts/docs-neighbours.ts'), path.join(folder, 'neighbour')],
  { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
)
try {
  await Promise.all([ready(), once(registry.stdout, 'data'), once(neighbours.stdout, 'data')])
  const demo = spawnSync(
    process.execPath,
    [path.join(ROOT, 'bin/sensorium.mjs'), 'demo', '--truth', path.join(folder, 'truth.json')],
    {
      env: environment,
      encoding: 'utf8',
    },
  )
  nodeKey = keyOfNode()
  if (demo.status !== 0) throw new Error(`the demo ended with ${demo.status}: ${demo.stderr}`)
  await incident()
  const pages: string[] = []
  for await (const page of glob(['README.md', 'docs/**/*.md'], { cwd: ROOT })) pages.push(page)
  for (const page of pages.sort().filter(page => words.length === 0 || words.some(word => page.includes(word))))
    runPage(page)
  if (words.length === 0 || words.includes('help')) checkIds(pages)
} finally {
  registry.kill()
  for (const one of [server, neighbours]) {
    one.kill('SIGTERM')
    if (one.exitCode === null) await once(one, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0

/** What pages say that somebody has: tokens, a configuration with destinations, a dashboard. */
function writeFiles(): void {
  const read = (name: string) => parse(readFileSync(path.join(ROOT, 'config', name), 'utf8')) as Sections
  const [base, slack, marks] = [read('sensorium.yaml'), read('alerting/slack.yaml'), read('alerting/dashboards.yaml')]
  const { 'logs/marks': pipeline } = marks.service.pipelines
  const ours = {
    ...base,
    processors: { ...base.processors, ...slack.processors, 'group/marks': marks.processors['group/marks'] },
    exporters: { ...base.exporters, slack: { webhook_url: CHAT }, grafana: GRAFANA },
    service: {
      ...base.service,
      pipelines: {
        ...base.service.pipelines,
        ...slack.service.pipelines,
        'logs/marks': { ...pipeline, exporters: ['grafana'] },
      },
    },
  }
  const files = {
    'ours.yaml': stringify(ours),
    'shop.json': JSON.stringify({ uid: 'shop', title: 'Shop', panels: [] }),
    token: GRAFANA.api_key,
    'reader-url': 'postgres://reader:secret@db.example:5432/sensorium?sslmode=require',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(checkout, name), `${text}\n`)
}

interface Sections {
  readonly processors: Readonly<Record<string, unknown>>
  readonly exporters: Readonly<Record<string, unknown>>
  readonly service: { readonly pipelines: Readonly<Record<string, object>> }
}

function keyOfNode(): string {
  const args = [path.join(ROOT, 'bin/sensorium.mjs'), 'nodes', 'add', 'docs', '--json']
  const { stdout } = spawnSync(process.execPath, args, { env: environment, encoding: 'utf8' })
  return (JSON.parse(stdout) as { key: string }).key // printed by --json
}

async function ready(): Promise<void> {
  for (const end = Date.now() + READY_LIMIT_MS; Date.now() < end; await pause(200)) {
    if (server.exitCode !== null) throw new Error(`sensorium start ended with ${server.exitCode}`)
    const answer = await fetch('http://127.0.0.1:4320/readyz').catch(() => undefined)
    if (answer?.ok) return
  }
  throw new Error('sensorium start was not ready in time')
}

/** The demo's incident is found some minutes after its records came; pages show it. */
async function incident(): Promise<void> {
  for (const end = Date.now() + INCIDENT_LIMIT_MS; Date.now() < end; await pause(2000)) {
    if (
      sensorium('sql', '--csv', "SELECT id FROM incidents WHERE service NOT LIKE 'Till%'").output.trim().includes('\n')
    )
      return
  }
  throw new Error('the incident of the demo was not found in time')
}

/** All blocks of a page in one shell script each, the variables of those before it kept. */
function runPage(page: string): void {
  const kept = path.join(folder, 'variables')
  mkdirSync(folder, { recursive: true })
  rmSync(kept, { force: true })
  const isPackage = page.startsWith('docs/clients/') && !page.endsWith('README.md')
  const at = isPackage ? project(path.basename(page, '.md')) : { cwd: checkout, env: environment }
  for (const block of blocksOf(readFileSync(path.join(ROOT, page), 'utf8'))) {
    const place = `${page}:${block.line}`
    if (block.notRun !== undefined) {
      counts.skipped += 1
      console.log(`- ${place} not run: ${block.notRun}`)
      continue
    }
    const { status, output } = runBlock(block, kept, at)
    counts[status === 0 ? 'passed' : 'failed'] += 1
    console.log(`${status === 0 ? '✔' : '✖'} ${place}`)
    if (status !== 0) console.log(`${block.text}\n${output}\nended with ${status}\n`)
  }
}

/** Whoever copies an id from a page or from a command's help finds something: each is of the demo's. */
function checkIds(pages: readonly string[]): void {
  const texts = new Map(
    pages.filter(page => PAGES_WITH_IDS.has(page)).map(page => [page, readFileSync(path.join(ROOT, page), 'utf8')]),
  )
  for (const command of ['groups', 'search', 'explain', 'sql'])
    texts.set(`${command} --help`, sensorium(command, '--help').output)
  for (const [where, text] of texts) {
    for (const id of new Set(text.match(ID) ?? [])) {
      const { status, output } = sensorium('groups', 'show', id)
      counts[status === 0 ? 'passed' : 'failed'] += 1
      console.log(`${status === 0 ? '✔' : '✖'} ${where}: ${id}${status === 0 ? '' : `\n${output}`}`)
    }
  }
}

function sensorium(...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'bin/sensorium.mjs'), ...args], {
    cwd: checkout,
    env: environment,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** An application that begins to use a package: an entry file and a test, and nothing installed. */
function project(name: string): Place {
  if (!existsSync(path.join(ROOT, 'clients', name, 'dist')))
    throw new Error(`clients/${name} is not built: npm run build:clients`)
  const cwd = path.join(folder, 'projects', name)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(path.join(cwd, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  writeFileSync(path.join(cwd, 'app.js'), "await fetch('http://127.0.0.1:4320/readyz')\n")
  writeFileSync(path.join(cwd, 'app.test.js'), "import { test } from 'node:test'\ntest('adds up', () => {})\n")
  const env = {
    ...without(environment, 'npm_config_offline'),
    npm_config_registry: `http://127.0.0.1:${REGISTRY_PORT}`,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  }
  return { cwd, env }
}

function runBlock(block: Block, kept: string, { cwd, env }: Place): { status: number | null; output: string } {
  const script = `set -euo pipefail; [ ! -e '${kept}' ] || . '${kept}'; set -x\n${block.text}\n{ set +x; } 2>/dev/null; declare -px > '${kept}'`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    cwd,
    env: { ...env, SENSORIUM_NODE_KEY: nodeKey },
    encoding: 'utf8',
    timeout: BLOCK_LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { status, output: stdout + stderr }
}

function without(all: NodeJS.ProcessEnv, name: string): NodeJS.ProcessEnv {
  const { [name]: _, ...others } = all
  return others
}
