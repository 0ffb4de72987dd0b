import { limitedWarnings } from '../../delivery/delivery.ts'
import { cleanUrl } from './clean.ts'
import { watchErrors } from './errors.ts'
import { instrumentFetch } from './fetch.ts'
import { watchInteraction } from './interaction.ts'
import { traceOfDocument, watchNavigation } from './navigation.ts'
import type { Attributes } from './otlp.ts'
import { type Page, pageOf } from './page.ts'
import type { Recording } from './recording.ts'
import { openSender, type Sender } from './sender.ts'
import { openSession, randomHex, type Session } from './session.ts'
import { watchVitals } from './vitals.ts'
import { instrumentXhr } from './xhr.ts'

export interface BrowserTelemetryOptions {
  readonly service: string
  /** Base address of the OTLP receiver, without `/v1/traces`. */
  readonly endpoint: string
  readonly version?: string
  /** Default: `dev` on this machine, `prod` anywhere else. */
  readonly environment?: string
  /** Addresses beyond the page's own origin that get `traceparent`: a start of the address, or a pattern. */
  readonly propagateTo?: readonly (string | RegExp)[]
  /** Share of sessions that are recorded, 0 to 1. Default: 1. */
  readonly sampleRatio?: number
  /** What an address is told as. Default: without query, fragment, user and password. */
  readonly describeUrl?: (url: URL) => string
  /** Told what went wrong in a sentence, each kind at most once a minute. Default: console.warn. */
  readonly onWarning?: (message: string) => void
}

/** The running set-up. Nothing here throws or rejects. */
export interface BrowserTelemetry {
  /** 32 hex digits; one for a tab until it is closed. Undefined where nothing is recorded. */
  readonly sessionId: string | undefined
  /** Records an error that the page has caught, in a framework's error boundary say. */
  recordError(thrown: unknown): void
  /** Sends what waits. True once all of it is stored or refused, false at the deadline, 5 s unless told. */
  flush(timeoutMs?: number): Promise<boolean>
  /** Records that wait, are stored, and were given up: refused, or past the limits. */
  status(): { readonly pending: number; readonly sent: number; readonly dropped: number }
}

const NOTHING: BrowserTelemetry = {
  sessionId: undefined,
  recordError: () => {},
  flush: async () => true,
  status: () => ({ pending: 0, sent: 0, dropped: 0 }),
}

let running: BrowserTelemetry | undefined

/**
 * Records what happens in this page and sends it to Sensorium. Call it before the scripts of the application. Never
 * throws; without a page, on a server that renders, it does nothing.
 */
export function startBrowserTelemetry(options: BrowserTelemetryOptions): BrowserTelemetry {
  const page = pageOf()
  if (page === undefined) return NOTHING
  const tell = (message: string) => (options.onWarning ?? console.warn)(`telemetry: ${message}`)
  const warn = limitedWarnings(tell)
  if (running !== undefined) {
    warn('again', 'it runs already; this call changes nothing')
    return running
  }
  try {
    const session = openSession(page, options.sampleRatio ?? 1)
    running = session.isSampled ? start(page, options, session, tell) : NOTHING
  } catch (error) {
    warn('start', `not started, the page works without it: ${String(error)}`)
  }
  return running ?? NOTHING
}

function start(
  page: Page,
  options: BrowserTelemetryOptions,
  session: Session,
  onWarning: (message: string) => void,
): BrowserTelemetry {
  const endpoint = new URL(options.endpoint, page.location.href).href.replace(/\/+$/, '')
  const sender = openSender({ endpoint, resource: resourceOf(page, options), onWarning })
  const trace = traceOfDocument(page)
  const view = { traceId: trace?.traceId ?? randomHex(16), spanId: randomHex(8) }
  let dropped = 0
  const recording = recordingOf(page, options, { endpoint, session, sender, view, countDropped: () => void dropped++ })
  const recordError = watchErrors(recording)
  watchVitals(recording)
  watchNavigation(recording, trace?.spanId)
  watchInteraction(recording)
  instrumentFetch(recording)
  instrumentXhr(recording)
  flushWhenHidden(page, sender)
  return {
    sessionId: session.id,
    recordError,
    flush: sender.flush,
    status: () => {
      const status = sender.status()
      return { ...status, dropped: status.dropped + dropped }
    },
  }
}

interface Parts extends Pick<Recording, 'view' | 'countDropped'> {
  readonly endpoint: string
  readonly session: Session
  readonly sender: Sender
}

function recordingOf(page: Page, options: BrowserTelemetryOptions, parts: Parts): Recording {
  const { endpoint, session, sender, view, countDropped } = parts
  const { describeUrl, propagateTo = [] } = options
  const describe = (url: string) =>
    describeUrl === undefined ? cleanUrl(url, page.location.href) : describeUrl(new URL(url, page.location.href))
  const of = { 'session.id': session.id }
  return {
    page,
    view,
    isLoading: page.document.readyState !== 'complete',
    describe,
    isOwn: url => url.startsWith(`${endpoint}/v1/`),
    mayPropagate: url =>
      new URL(url).origin === page.location.origin ||
      // `search` starts at the front whatever a pattern's `lastIndex` says.
      propagateTo.some(place => (typeof place === 'string' ? url.startsWith(place) : url.search(place) >= 0)),
    span: span => sender.span({ ...span, attributes: { ...of, ...span.attributes } }),
    log: log => {
      const attributes = { ...of, 'url.full': describe(page.location.href), ...log.attributes }
      sender.log({ ...log, timeMs: log.timeMs ?? Date.now(), attributes })
    },
    countDropped,
  }
}

/** Of the page, not of the visit: Sensorium stores each distinct resource once. */
function resourceOf(
  page: Page,
  { service, version, environment = environmentOf(page) }: BrowserTelemetryOptions,
): Attributes {
  return {
    'service.name': service,
    'service.version': version,
    'deployment.environment.name': environment,
    'telemetry.sdk.name': 'sensorium-browser',
    'telemetry.sdk.language': 'webjs',
    'user_agent.original': page.navigator.userAgent,
  }
}

/**
 * Once, and after all that is told at that moment: what comes behind a request under way is lost when the page ends. A
 * page that is left says `pagehide` first and hides then, upon which web vitals are told.
 */
function flushWhenHidden(page: Page, sender: Sender): void {
  const flush = () => {
    if (page.document.visibilityState === 'hidden') void sender.flush()
  }
  page.document.addEventListener('visibilitychange', flush)
  page.addEventListener('pagehide', flush)
}

/** A page knows no variables; where it comes from tells whether it is under development. */
function environmentOf({ location }: Page): string {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.localhost)$/.test(location.hostname) ? 'dev' : 'prod'
}
