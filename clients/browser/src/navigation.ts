import type { Entry, Page } from './page.ts'
import { quietly, type Recording } from './recording.ts'
import { randomHex } from './session.ts'

/** The marks of a page load, as OpenTelemetry's own document-load instrumentation names them. */
const MARKS = ['domInteractive', 'domContentLoadedEventEnd', 'domComplete', 'loadEventEnd'] as const

/**
 * The span of the page's load with the one of its document within, from the browser's own record of it; and an event
 * for each address that the page gives itself without loading.
 */
export function watchNavigation(recording: Recording, parentSpanId: string | undefined): void {
  const { page } = recording
  let isTold = false
  const tell = () =>
    quietly(() => {
      if (isTold) return
      isTold = true
      recording.isLoading = false
      tellLoad(recording, parentSpanId)
    })
  // `loadEventEnd` is set once the listeners of `load` are done.
  const afterLoad = () => setTimeout(tell, 0)
  if (page.document.readyState === 'complete') afterLoad()
  else page.addEventListener('load', afterLoad, { once: true })
  page.addEventListener('pagehide', tell)
  watchAddress(recording)
}

function tellLoad(recording: Recording, parentSpanId: string | undefined): void {
  const { page, view } = recording
  const [entry] = page.performance.getEntriesByType('navigation')
  const at = (ms: number | undefined) => page.performance.timeOrigin + (ms ?? 0)
  const end = entry?.loadEventEnd || page.performance.now()
  const address = recording.describe(page.location.href)
  recording.span({
    ...view,
    parentSpanId,
    name: 'documentLoad',
    kind: 1,
    startMs: at(0),
    endMs: at(end),
    events: MARKS.flatMap(name => (entry?.[name] ? [{ name, timeMs: at(entry[name]) }] : [])),
    attributes: {
      'url.full': address,
      'browser.navigation.type': entry?.type,
      'browser.page.left_before_load': entry?.loadEventEnd ? undefined : true,
    },
  })
  if (entry?.requestStart && entry.responseEnd) tellDocument(recording, entry, at)
}

function tellDocument(recording: Recording, entry: Entry, at: (ms: number | undefined) => number): void {
  const { view } = recording
  recording.span({
    traceId: view.traceId,
    spanId: randomHex(8),
    parentSpanId: view.spanId,
    name: 'documentFetch',
    kind: 3,
    startMs: at(entry.requestStart),
    endMs: at(entry.responseEnd),
    events: [{ name: 'responseStart', timeMs: at(entry.responseStart) }],
    attributes: {
      'http.request.method': 'GET',
      'url.full': recording.describe(entry.name),
      'http.response.status_code': entry.responseStatus || undefined,
    },
  })
}

function watchAddress(recording: Recording): void {
  const { page } = recording
  const { history } = page
  let last = recording.describe(page.location.href)
  const changed = (type: string) =>
    quietly(() => {
      const now = recording.describe(page.location.href)
      if (now === last) return
      const attributes = { 'browser.navigation.from': last, 'browser.navigation.type': type }
      last = now
      recording.log({ eventName: 'browser.navigation', severity: 'INFO', body: `navigation to ${now}`, attributes })
    })
  const original = history.pushState
  history.pushState = (...args) => {
    original.apply(history, args)
    changed('push')
  }
  page.addEventListener('popstate', () => changed('traverse'))
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/

/** Of `<meta name="traceparent">`, which a server may write into a page to join its own trace. */
export function traceOfDocument(page: Page): { traceId: string; spanId: string } | undefined {
  const content = page.document.querySelector('meta[name="traceparent"]')?.getAttribute('content')
  const [, traceId, spanId] = TRACEPARENT.exec(content ?? '') ?? []
  return traceId === undefined || spanId === undefined || /^0+$/.test(traceId) ? undefined : { traceId, spanId }
}
