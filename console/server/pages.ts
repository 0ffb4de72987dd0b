import type { Hono } from 'hono'
import { routes } from '../routes.ts'
import { type Bundle, buildBundle } from './bundle.ts'
import { securityHeaders } from './headers.ts'

const FOREVER = 'public, max-age=31536000, immutable'

/** The application and its files. It is made when it is first asked for: a start that nobody looks at does not pay. */
export function addPages(http: Hono): void {
  let made: Promise<Bundle> | undefined
  const bundle = () => {
    made ??= buildBundle().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
  for (const { path } of routes) {
    http.get(path, securityHeaders, async c => c.html((await bundle()).html))
  }
  http.get('/console/assets/:name', securityHeaders, async c => {
    const asset = (await bundle()).assets.get(c.req.path)
    if (asset === undefined) return c.json({ error: 'that is of another release: load the page again' }, 404)
    const isPacked = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    c.header('vary', 'accept-encoding')
    c.header('cache-control', FOREVER)
    c.header('content-type', asset.type)
    if (isPacked) c.header('content-encoding', 'gzip')
    return c.body(isPacked ? asset.gzip : asset.body)
  })
}
