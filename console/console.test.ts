import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { buildBundle } from './server/bundle.ts'
import { openConsole } from './testing/server.ts'

/** Of everything that a browser loads, packed. */
const GZIP_BYTES_MAX = 200_000
const WEB = path.join(import.meta.dirname, 'web')

test('the application is made without a step of the user’s, and stays small', async () => {
  const startedAt = performance.now()
  const { gzipBytes, assets, html } = await buildBundle()
  const page = html(['/console/api/home?range=1h&env=%22%3E'])
  console.log(`${assets.size} files, ${gzipBytes} bytes gzip, made in ${Math.round(performance.now() - startedAt)} ms`)
  assert.ok(gzipBytes < GZIP_BYTES_MAX, `${gzipBytes} bytes`)
  for (const name of assets.keys()) assert.match(name, /-[A-Za-z0-9]{8}\.(?:js|css|svg)$/)
  assert.doesNotMatch(page, /<style|style=|<script>|\son\w+=/)
})

test('a class has its looks from one sheet: all sheets are in every page, and two would mix', async () => {
  const sheetsOf = new Map<string, Set<string>>()
  for await (const sheet of glob('**/*.css', { cwd: WEB })) {
    const rules = readFileSync(path.join(WEB, sheet), 'utf8').matchAll(/^(\.[\w-]+) \{/gm)
    for (const [, name = ''] of rules) sheetsOf.set(name, (sheetsOf.get(name) ?? new Set()).add(sheet))
  }
  assert.ok(sheetsOf.size > 50)
  assert.deepEqual(
    [...sheetsOf].filter(([, sheets]) => sheets.size > 1).map(([name, sheets]) => `${name}: ${[...sheets].join(', ')}`),
    [],
  )
})

test('pages come with a strict policy, files are kept for ever, and what is nobody’s page stays a 404', async t => {
  const { url } = await openConsole(t)
  const page = await fetch(`${url}/problems/000000000000000a`)
  assert.equal(page.status, 200)
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/)
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(page.headers.get('cache-control'), 'no-store')
  const [, script = ''] = /src="([^"]+)"/.exec(await page.text()) ?? []
  const file = await fetch(`${url}${script}`)
  assert.equal(file.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(file.headers.get('content-encoding'), 'gzip')
  assert.equal((await fetch(`${url}/console/assets/app-OLDOLDOL.js`)).status, 404)
  assert.equal((await fetch(`${url}/nothing/here`)).status, 404)
})

test('what is asked wrongly is refused in words', async t => {
  const { get } = await openConsole(t)
  const { status, error } = await get('home?range=soon')
  assert.equal(status, 400)
  assert.match(error ?? '', /range: write a range such as/)
  assert.equal((await get('home?surprise=1')).status, 400)
})
