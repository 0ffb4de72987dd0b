import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const ROOT = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

interface Manifest {
  readonly license: string
  readonly dependencies?: Readonly<Record<string, string>>
}
const manifestOf = (file: string) => JSON.parse(read(file)) as Manifest // npm's file

/** Licences that ask for a notice and no more; what the packages bring into an application may have no other. */
const PERMISSIVE = /^(Apache-2\.0|MIT|ISC|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0)$/

test('the repository and each package for applications are under Apache-2.0, and say so where npm looks', () => {
  assert.match(read('LICENSE'), /Apache License\s+Version 2\.0, January 2004/)
  for (const file of ['package.json', ...globSync('clients/*/package.json', { cwd: ROOT })]) {
    assert.equal(manifestOf(file).license, 'Apache-2.0', file)
  }
})

test('the archive of a package holds the licence', () => {
  for (const file of globSync('clients/*/package.json', { cwd: ROOT })) {
    const folder = path.join(ROOT, path.dirname(file))
    const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.match(stdout, /"path": "LICENSE"/, folder)
  }
})

test('what a package brings into an application is permissive, all the way down', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Manifest>> } // npm's file
  const seen = new Set<string>()
  const waiting = globSync('clients/*/package.json', { cwd: ROOT }).flatMap(file =>
    Object.keys(manifestOf(file).dependencies ?? {}),
  )
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const found = lock.packages[`node_modules/${name}`]
    assert.ok(found, `${name} is in the lock file`)
    assert.match(found.license, PERMISSIVE, name)
    waiting.push(...Object.keys(found.dependencies ?? {}))
  }
  assert.ok(seen.has('pino'))
})

test('no definition of OTLP lies in the tests: the schema is written from the tables of the specification', () => {
  assert.deepEqual(globSync('{tests,demo,receivers,bench}/**/*.proto', { cwd: ROOT }), [])
})
