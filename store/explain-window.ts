import { causesOf, type Hypothesis, type Observed } from '../analysis/causes/index.ts'
import { type KnownChange, readKnownChanges } from './changes.ts'
import { type Observation, readObserved, readResources } from './observed.ts'
import type { Read } from './reading.ts'

/** What is explained, and the quiet time that it is compared with. */
export interface Window extends Observation {
  readonly usualFrom: Date
  readonly usualTo: Date
  /** Only traces that went through this service; all where it is undefined. */
  readonly through?: string | undefined
}

/** Internal signals are compared with the hour before. */
const RESOURCES_BEFORE_MS = 3_600_000
const CHANGES_BEFORE_MS = 3_600_000

/** Where the trouble of a window begins, the likeliest hypothesis first. Every trace that a step names is in the store. */
export async function explainWindow(
  read: Read,
  { usualFrom, usualTo, through, ...window }: Window,
): Promise<readonly Hypothesis<KnownChange>[]> {
  const earlier = (ms: number) => new Date(+window.from - ms)
  const usual = only(await readObserved(read, { ...window, from: usualFrom, to: usualTo }), through)
  const observed = only(await readObserved(read, window), through)
  const until = new Date(+window.to + 60_000)
  const resources = await readResources(read, { ...window, from: earlier(RESOURCES_BEFORE_MS), to: until })
  const changes = await readKnownChanges(read, earlier(CHANGES_BEFORE_MS), window.to, window.visible)
  return causesOf({ usual, window: observed, from: +window.from, to: +window.to, resources, changes })
}

function only(observed: Observed, service: string | undefined): Observed {
  if (service === undefined) return observed
  const traces = new Set(observed.spans.filter(span => span.service === service).map(({ traceId }) => traceId))
  const isOne = ({ traceId }: { readonly traceId: string }) => traces.has(traceId)
  return { spans: observed.spans.filter(isOne), logs: observed.logs.filter(isOne) }
}
