import type { Hono } from 'hono'
import { firstQuestions } from '../first-questions.ts'
import { routes } from '../routes.ts'
import { type Bundle, buildBundle } from './bundle.ts'
import { securityHeaders } from './headers.ts'

const FOREVER = 'public, max-age=31536000, immutable'

/** Whoever looks this long after the start does not wait for the application; a start for a moment, as tests do, does not pay. */
const MADE_AFTER_MS = 2_000

export interface Pages {
  /** Makes the application before anybody asks for it. */
  start(): void
  close(): Promise<void>
}

/** The application and its files, made once. */
export function addPages(http: Hono): Pages {
  let made: Promise<Bundle> | undefined
  const bundle = () => {
    made ??= buildBundle().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
  for (const { name, path } of routes) {
    http.get(path, securityHeaders, async c => {
      const first = firstQuestions(name, new URL(c.req.url).searchParams)
      return c.html((await bundle()).html(first))
    })
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
  let timer: NodeJS.Timeout | undefined
  return {
    start() {
      // What fails is told to who asks, and tried anew for them.
      timer = setTimeout(() => void bundle().catch(() => {}), MADE_AFTER_MS).unref()
    },
    async close() {
      clearTimeout(timer)
      await made?.catch(() => {})
    },
  }
}
