import { spawnSync } from 'node:child_process'
import { existsSync, globSync, rmSync } from 'node:fs'
import path from 'node:path'

/**
 * Compiles the packages under clients/ to JavaScript with types: `npm run build:clients [name…]`. What a package shares
 * with the others (clients/delivery) is compiled into its own dist, so each stands alone.
 */
const ROOT = path.resolve(import.meta.dirname, '..')
const CLIENTS = path.join(ROOT, 'clients')
const wanted = process.argv.slice(2)
const names = globSync('*/package.json', { cwd: CLIENTS })
  .map(file => path.dirname(file))
  .filter(name => wanted.length === 0 || wanted.includes(name))
  .sort()

for (const name of names) {
  const outDir = path.join(CLIENTS, name, 'dist')
  rmSync(outDir, { recursive: true, force: true })
  const files = globSync(`${name}/src/**/*.ts`, { cwd: CLIENTS, exclude: file => file.includes('/testing') }).filter(
    file => !file.endsWith('.test.ts') && !file.includes('/testing/'),
  )
  const { status } = spawnSync(
    path.join(ROOT, 'node_modules/.bin/tsc'),
    [
      '--ignoreConfig',
      ...files,
      ...['--rootDir', CLIENTS, '--outDir', outDir, '--declaration', '--rewriteRelativeImportExtensions'],
      // What Node 18 has: a later library here would let toSorted and its like through.
      ...['--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--module', 'nodenext', '--types', 'node'],
      ...['--strict', '--noUncheckedIndexedAccess', '--skipLibCheck', '--verbatimModuleSyntax'],
    ],
    { cwd: CLIENTS, stdio: 'inherit' },
  )
  if (status !== 0 || !existsSync(outDir)) {
    console.error(`${name} was not built`)
    process.exit(1)
  }
  console.log(`built clients/${name}`)
}
