import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Compiles the packages under clients/ to JavaScript with types: `npm run build:clients [name…]`. What a package shares
 * with the others (clients/delivery) is compiled into its own dist, so each stands alone.
 */
const ROOT = path.resolve(import.meta.dirname, '..')
const CLIENTS = path.join(ROOT, 'clients')
/** Libraries that are copied into a package, by its name. */
const CARRIED: Readonly<Record<string, readonly string[]>> = { browser: ['web-vitals'] }
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
  for (const library of CARRIED[name] ?? []) carry(library, outDir)
  console.log(`built clients/${name}`)
}

/**
 * Pages load a package as it is, without a bundler, and know no bare names: the library is copied into the package, and
 * what imports it names the copy.
 */
function carry(library: string, outDir: string): void {
  const from = path.join(ROOT, 'node_modules', library)
  const { version, license, module } = JSON.parse(readFileSync(path.join(from, 'package.json'), 'utf8')) as {
    version: string
    license: string
    module: string
  } // the libraries of CARRIED have all three
  const copy = path.join(outDir, `${library}.js`)
  const code = readFileSync(path.join(from, module), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
  writeFileSync(copy, `/*! ${library} ${version}, ${license}: see NOTICE of Sensorium */\n${code}`)
  for (const file of globSync('**/*.js', { cwd: outDir }).map(file => path.join(outDir, file))) {
    const relative = path.relative(path.dirname(file), copy).replaceAll(path.sep, '/')
    const text = readFileSync(file, 'utf8')
    const changed = text.replaceAll(
      `from '${library}'`,
      `from '${relative.startsWith('.') ? relative : `./${relative}`}'`,
    )
    if (file !== copy && changed !== text) writeFileSync(file, changed)
  }
}
