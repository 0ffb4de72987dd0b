/**
 * The parts of a browser that this package uses. They are written out here because the repository is compiled without
 * the types of the DOM, which would let server code use `window` unnoticed.
 */
export interface Page extends Events {
  readonly document: Events & {
    readonly visibilityState: 'visible' | 'hidden'
    readonly readyState: 'loading' | 'interactive' | 'complete'
    querySelector(selector: string): PageElement | null
  }
  readonly location: { readonly href: string; readonly origin: string; readonly hostname: string }
  readonly navigator: { readonly userAgent: string }
  readonly history: { pushState(...args: unknown[]): void }
  readonly sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void }
  readonly performance: {
    readonly timeOrigin: number
    now(): number
    getEntriesByType(type: string): readonly Entry[]
  }
  readonly XMLHttpRequest?: { readonly prototype: XmlHttpRequest }
  fetch: typeof fetch
}

export interface Events {
  addEventListener(
    type: string,
    listener: (event: PageEvent) => void,
    options?: { capture?: boolean; once?: boolean },
  ): void
}

export interface PageEvent {
  readonly type: string
  readonly target?: unknown
  /** Of `error`. */
  readonly error?: unknown
  readonly message?: unknown
  readonly filename?: unknown
  /** Of `unhandledrejection`. */
  readonly reason?: unknown
  /** Of `pageshow`: the page came back from the cache of pages that were left. */
  readonly persisted?: boolean
}

export interface PageElement {
  readonly tagName: string
  readonly parentElement: PageElement | null
  closest(selector: string): PageElement | null
  getAttribute(name: string): string | null
}

export interface XmlHttpRequest extends Events {
  readonly status: number
  open(method: string, url: string | URL, ...rest: unknown[]): void
  send(...args: unknown[]): void
  setRequestHeader(name: string, value: string): void
}

/** A PerformanceEntry with the fields of the kinds that are read here; times are milliseconds since `timeOrigin`. */
export interface Entry {
  readonly name: string
  readonly startTime: number
  readonly duration: number
  /** navigation; 0 where it has not happened yet */
  readonly type?: string
  readonly activationStart?: number
  readonly requestStart?: number
  readonly responseStart?: number
  readonly responseEnd?: number
  readonly domInteractive?: number
  readonly domContentLoadedEventEnd?: number
  readonly domComplete?: number
  readonly loadEventEnd?: number
  readonly responseStatus?: number
}

/** Undefined where there is no page: on a server that renders, and in workers. */
export function pageOf(): Page | undefined {
  const globals = globalThis as { document?: unknown; window?: unknown } // no types of the DOM, see above
  return globals.document === undefined || globals.window === undefined ? undefined : (globalThis as unknown as Page)
}
