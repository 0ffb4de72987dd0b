import type { Attributes, PageLog, PageSpan, SpanContext } from './otlp.ts'
import type { Page } from './page.ts'

/** What the parts that watch the page share. */
export interface Recording {
  readonly page: Page
  /** The span of this page view; until the page has loaded it is the parent of what happens. */
  readonly view: SpanContext
  isLoading: boolean
  /** The address as it may be told; undefined where it is none. */
  describe(url: string): string | undefined
  isOwn(url: string): boolean
  mayPropagate(url: string): boolean
  span(span: Omit<PageSpan, 'attributes'> & { readonly attributes: Attributes }): void
  log(log: Omit<PageLog, 'timeMs'> & { readonly timeMs?: number }): void
  /** Of records that were left out before they reached the queue. */
  countDropped(): void
}

/** Runs what watches the page so that its faults never reach the page. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
