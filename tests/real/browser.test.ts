import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../temporary-folder.ts'
import { startForPages } from './sensorium-for-pages.ts'

const run = promisify(execFile)

/** A page that sends one log record by fetch and writes what came of it into its body. */
const page = (url: string) => `<!doctype html><body>waiting<script>
fetch(${JSON.stringify(url)}, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'from ' + location.origin } }] }] }] }) })
  .then(response => { document.body.textContent = 'status ' + response.status })
  .catch(error => { document.body.textContent = 'refused ' + error.name })
</script>`

async function servePage(t: TestContext, url: string): Promise<string> {
  const server = createServer((_request, response) => response.end(page(url))).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the page has no address')
  return `http://127.0.0.1:${address.port}`
}

/** What the page says once its script is done, in a real browser. */
async function visit(url: string): Promise<string> {
  const profile = temporaryFolder('chromium')
  const quiet = [
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
  ]
  const { stdout } = await run(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      ...quiet,
      `--user-data-dir=${profile}`,
      '--virtual-time-budget=20000',
      '--dump-dom',
      url,
    ],
    { timeout: 90_000, maxBuffer: 1 << 24 },
  )
  return /<body>([^<]*)/.exec(stdout)?.[1] ?? stdout
}

test('a page of an allowed origin can send from a real browser, and a page of another cannot', async t => {
  let [allowed, other] = ['', '']
  const sensorium = await startForPages(t, async endpoint => {
    other = await servePage(t, `${endpoint}/v1/logs`)
    allowed = await servePage(t, `${endpoint}/v1/logs`)
    return allowed
  })
  assert.equal(await visit(allowed), 'status 200')
  assert.equal(await visit(other), 'refused TypeError')
  assert.deepEqual(await sensorium.rows('SELECT message FROM application_logs'), [{ message: `from ${allowed}` }])
})
