import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** Everything that must hold before a commit lands: `npm run check`. `--no-tests` leaves the tests out. */
const ROOT = path.resolve(import.meta.dirname, '..')
const ROOMS = [
  'pipeline',
  'receivers',
  'processors',
  'exporters',
  'analysis',
  'store',
  'demo',
  'embeddings',
  'clients',
  'dashboards',
  'console',
  'cli',
  'tests',
  'bench',
  'scripts',
]

const steps: [string, string, string[]][] = [
  ['types', 'tsc', ['-p', '.']],
  ['types in the browser', 'tsc', ['-p', 'console/web']],
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['floating promises', 'oxlint', ['--type-aware', '--deny-warnings', '--config', '.oxlintrc.json', '.']],
  ['import rules', 'depcruise', ['--config', '.dependency-cruiser.cjs', ...ROOMS]],
  ['unused code', 'knip', []],
  ['generated files', 'node', ['scripts/generate.ts', '--check']],
  ['tests', 'node', ['scripts/test.ts']],
]

const failed: string[] = []
for (const [name, command, args] of steps) {
  if (name === 'tests' && process.argv.includes('--no-tests')) continue
  console.log(`\n── ${name}`)
  const bin = path.join(ROOT, 'node_modules/.bin')
  const environment = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` }
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: environment })
  if (status !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\nall checks hold' : `\nfailed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
