import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'

/**
 * An npm registry on loopback with the packages under clients/, as `npm pack` makes them, and everything that `npm ci`
 * installed here, which is what they depend on: so `npm install @sensorium/telemetry` runs as written before the packages
 * are published, and without a network. `node scripts/package-registry.ts PORT`; prints `ready`.
 */
const ROOT = path.resolve(import.meta.dirname, '..')

interface Manifest {
  readonly name: string
  readonly version: string
}

/** Name → version → folder. */
const folders = new Map<string, Map<string, string>>()
const installed = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, unknown>
} // npm's
for (const folder of [...Object.keys(installed.packages), ...globSync('clients/*', { cwd: ROOT })]) {
  const file = path.join(ROOT, folder, 'package.json')
  if (folder === '' || !existsSync(file)) continue
  const { name, version } = manifestOf(folder)
  if (!folders.has(name)) folders.set(name, new Map())
  folders.get(name)!.set(version, folder)
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')) as Manifest // npm's, and ours
}

/** What is published of ours is what `npm pack` takes; what is installed has been through that once. */
function tarball(folder: string): Buffer {
  const ours = folder.startsWith('clients/')
  const list = ours
    ? (
        JSON.parse(
          spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', `./${folder}`], {
            cwd: ROOT,
            encoding: 'utf8',
          }).stdout,
        ) as [{ files: { path: string }[] }]
      )[0].files.map(file => file.path) // npm pack's
    : ['.']
  const { stdout, status, stderr } = spawnSync(
    'tar',
    ['-czf', '-', '--exclude=./node_modules', '--transform=s,^\\.\\?/\\?,package/,', '-C', folder, ...list],
    { cwd: ROOT, maxBuffer: 256 * 2 ** 20 },
  )
  if (status !== 0) throw new Error(`tar of ${folder}: ${String(stderr)}`)
  return stdout
}

const made = new Map<string, Buffer>()
function tarballOf(folder: string): Buffer {
  const known = made.get(folder) ?? tarball(folder)
  made.set(folder, known)
  return known
}

const port = Number(process.argv[2])
createServer((request, response) => {
  const [name = '', file] = decodeURIComponent(request.url ?? '')
    .slice(1)
    .split('/-/')
  const versions = folders.get(name)
  if (versions === undefined) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
  if (file !== undefined) return void response.end(tarballOf(versions.get(file.replace(/\.tgz$/, ''))!))
  const documents = [...versions].map(([version, folder]) => {
    const integrity = `sha512-${createHash('sha512').update(tarballOf(folder)).digest('base64')}`
    const dist = { tarball: `http://127.0.0.1:${port}/${name}/-/${version}.tgz`, integrity }
    return [version, { ...manifestOf(folder), dist }]
  })
  const latest = documents.at(-1)![0]
  response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(documents) }))
}).listen(port, '127.0.0.1', () => console.log('ready'))
