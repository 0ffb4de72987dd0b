import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../sensorium-process.ts'

/** Every Node of this machine that is not the one of these tests: the system's, mostly an older one. */
const OTHER_NODES = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map(folder => path.join(folder, 'node'))
  .filter(file => !file.includes('node_modules') && existsSync(file))
  .map(file => realpathSync(file))
const NODES = [...new Set([process.execPath, ...OTHER_NODES])]

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  readonly bin?: Readonly<Record<string, string>>
}

for (const file of globSync('clients/*/package.json', { cwd: ROOT })) {
  const folder = path.join(ROOT, path.dirname(file))
  const { name, exports, bin = {} } = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as Manifest // ours
  test(`${name}: what is built is there, with its types, and every Node of this machine loads it`, () => {
    for (const [entry, { types, default: script }] of Object.entries(exports)) {
      assert.ok(existsSync(path.join(folder, types)), `${entry}: ${types}`)
      assert.ok(existsSync(path.join(folder, script)), `${entry}: ${script}`)
    }
    const main = path.join(folder, exports['.']!.default)
    for (const node of NODES) {
      const code = `console.log(Object.keys(await import(${JSON.stringify(main)})).length)`
      const { stdout, stderr } = spawnSync(node, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
      assert.match(stdout, /^[1-9]\d*\n$/, `${node}: ${stderr}`)
      for (const script of Object.values(bin)) {
        const { status } = spawnSync(node, [path.join(folder, script), '--help'], { encoding: 'utf8' })
        assert.equal(status, 0, `${node} ${script} --help`)
      }
    }
  })
}
