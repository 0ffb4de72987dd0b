import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { ROOT } from '../sensorium-process.ts'

/** The built package, as it would be published. */
const DIST = path.join(ROOT, 'clients/browser/dist')

const page = (options: string) => `<!doctype html><title>Portal</title>
<meta name="traceparent" content="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01">
<h1 id="title">Portal of Jane</h1>
<form id="payment"><input name="id" value="4111"><button data-testid="pay">Pay for Jane</button></form>
<script type="module">
  import { startBrowserTelemetry } from '/dist/browser/src/index.js'
  window.telemetry = startBrowserTelemetry(${options})
  document.querySelector('#payment').addEventListener('submit', event => {
    event.preventDefault()
    const until = performance.now() + 80
    while (performance.now() < until);
    document.querySelector('#title').before(document.createElement('hr'))
  })
  await fetch('/echo?card=4111')
</script>`

export async function listen(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')
  return `http://127.0.0.1:${address.port}`
}

/** Answers with the `traceparent` that it got, to pages of any origin. */
export const echo: RequestListener = (request, response) => {
  const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'traceparent' }
  const status = request.url?.includes('broken') ? 500 : 200
  response.writeHead(status, headers).end(request.headers.traceparent ?? 'none')
}

/** A site whose page loads the built package as an ES module and starts it with these options, a JavaScript expression. */
export async function servePortal(t: TestContext, options: () => string): Promise<string> {
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'scripts/build-clients.ts'), 'browser'])
  if (status !== 0) throw new Error(`the browser client was not built: ${stderr}`)
  return listen(t, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://portal')
    if (pathname.startsWith('/echo')) return void echo(request, response)
    if (!pathname.startsWith('/dist/')) return void response.setHeader('content-type', 'text/html').end(page(options()))
    const script = readFileSync(path.join(DIST, pathname.slice('/dist/'.length)))
    response.setHeader('content-type', 'text/javascript').end(script)
  })
}
