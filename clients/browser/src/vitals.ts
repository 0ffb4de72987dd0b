import type { Entry } from './page.ts'
import { quietly, type Recording } from './recording.ts'
import { createInp, createLayoutShift } from './vital-scores.ts'

/** Past the first: needs improvement; past the second: poor (web.dev/articles/vitals). CLS has no unit, the rest is ms. */
const THRESHOLDS = {
  TTFB: [800, 1800],
  FCP: [1800, 3000],
  LCP: [2500, 4000],
  CLS: [0.1, 0.25],
  INP: [200, 500],
} as const
type Vital = keyof typeof THRESHOLDS

/**
 * Web vitals as `browser.web_vital` events. TTFB and FCP are told when they are known; LCP, CLS and INP when the page
 * is hidden, and again if they have changed by the next time: the last of an id counts.
 */
export function watchVitals(recording: Recording): void {
  const { page } = recording
  const told = new Map<Vital, number>()
  const tell = (vital: Vital, value: number) => {
    if (told.get(vital) === value) return
    told.set(vital, value)
    recording.log({ ...vitalLog(vital, value, recording.view.spanId), context: recording.view })
  }
  let hiddenAt = page.document.visibilityState === 'hidden' ? 0 : Number.POSITIVE_INFINITY
  const shift = createLayoutShift()
  const inp = createInp()
  let lcp: number | undefined
  let isLcpFinal = false

  const drains = [
    observe(recording, { type: 'paint', buffered: true }, entry => {
      if (entry.name === 'first-contentful-paint' && entry.startTime < hiddenAt) tell('FCP', entry.startTime)
    }),
    observe(recording, { type: 'largest-contentful-paint', buffered: true }, entry => {
      if (!isLcpFinal && entry.startTime < hiddenAt) lcp = entry.startTime
    }),
    observe(recording, { type: 'layout-shift', buffered: true }, shift.add),
    observe(recording, { type: 'event', buffered: true, durationThreshold: 40 }, inp.add),
    observe(recording, { type: 'first-input', buffered: true }, inp.add),
  ]
  const drain = () => {
    for (const one of drains) one()
  }
  // What is painted after somebody has begun to use the page is their doing.
  const begin = () => {
    drain()
    isLcpFinal = true
  }
  for (const type of ['keydown', 'click']) {
    page.addEventListener(type, () => quietly(begin), { capture: true, once: true })
  }
  page.addEventListener('load', () => quietly(() => tellTtfb(recording, tell)), { once: true })
  const finish = () =>
    quietly(() => {
      drain()
      hiddenAt = Math.min(hiddenAt, page.performance.now())
      if (lcp !== undefined) tell('LCP', lcp)
      if (isObserved(recording, 'layout-shift')) tell('CLS', shift.score())
      const delay = inp.score()
      if (delay !== undefined) tell('INP', delay)
    })
  page.document.addEventListener('visibilitychange', () => {
    if (page.document.visibilityState === 'hidden') finish()
  })
  page.addEventListener('pagehide', finish)
}

function tellTtfb({ page }: Recording, tell: (vital: Vital, value: number) => void): void {
  const [entry] = page.performance.getEntriesByType('navigation')
  if (entry?.responseStart) tell('TTFB', Math.max(0, entry.responseStart - (entry.activationStart ?? 0)))
}

/** Calls `take` for each entry of a kind that this browser knows. Gives what takes those that are still under way. */
function observe(
  recording: Recording,
  options: { readonly type: string; readonly [option: string]: unknown },
  take: (entry: Entry) => void,
): () => void {
  const { PerformanceObserver } = recording.page
  if (PerformanceObserver === undefined || !isObserved(recording, options.type)) return () => {}
  const all = (entries: readonly Entry[]) => quietly(() => entries.forEach(take))
  const observer = new PerformanceObserver(list => all(list.getEntries()))
  observer.observe(options)
  return () => void all(observer.takeRecords())
}

function isObserved({ page }: Recording, type: string): boolean {
  return page.PerformanceObserver?.supportedEntryTypes?.includes(type) ?? false
}

function vitalLog(vital: Vital, exact: number, id: string) {
  const [good, poor] = THRESHOLDS[vital]
  const value = vital === 'CLS' ? Math.round(exact * 10_000) / 10_000 : Math.round(exact * 10) / 10
  const rating = value <= good ? 'good' : value <= poor ? 'needs-improvement' : 'poor'
  return {
    eventName: 'browser.web_vital',
    severity: 'INFO' as const,
    body: `${vital} ${value}${vital === 'CLS' ? '' : ' ms'} is ${rating}`,
    attributes: {
      'browser.web_vital.name': vital.toLowerCase(),
      'browser.web_vital.value': value,
      'browser.web_vital.rating': rating,
      'browser.web_vital.id': id,
    },
  }
}
