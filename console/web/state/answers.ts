import { signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { type Asked, given, questionUrl } from '../../first-questions.ts'
import { changesOf, connection } from './live.ts'
import { signedOut } from './person.ts'

/** What an endpoint was asked. */
export interface Question {
  readonly name: string
  readonly params: Readonly<Record<string, string>>
}

/** What is known of a question that was asked. Old data stays while a newer answer is on its way. */
export interface Answer<T> {
  readonly state: 'loading' | 'ready' | 'failed'
  readonly data?: T
  /** In words. */
  readonly error?: string
  /** The same question may be answered next time, and is asked again by itself. */
  readonly isPassing?: boolean
  readonly sql: readonly string[]
  readonly tookMs?: number
  readonly question: Question
  reload(): void
}

type Known = {
  state: Answer<unknown>['state']
  data?: unknown
  error?: string
  isPassing?: boolean
  sql: readonly string[]
  tookMs?: number
}

/** Answers that were seen, so that the way back shows at once what was there. */
const seen = new Map<string, Known>()
const SEEN_MAX = 40
/** What changes by the second is asked for no oftener than this. */
const REFRESH_MIN_MS = 2_000
const RETRY_MS = 3_000

/**
 * Asks the endpoint, and again whenever one of the topics changes or the server is back.
 *
 * @param params undefined values are left out
 */
export function useAnswer<T>(name: string, params: Asked = {}, topics: readonly string[] = []): Answer<T> {
  const url = questionUrl(name, params)
  const asked = useMemo(() => ask(url), [url])
  useEffect(() => asked.begin(topics), [asked, topics.join()])
  const question = { name, params: given(params) }
  return { ...(asked.known.value as Known & { data?: T }), question, reload: asked.reload }
}

function ask(url: string) {
  const known = signal<Known>(seen.get(url) ?? { state: 'loading', sql: [] })
  let current: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let askedAt = Number.NEGATIVE_INFINITY

  async function load(): Promise<void> {
    current?.abort()
    const mine = new AbortController()
    current = mine
    askedAt = performance.now()
    const got = await fetchAnswer(url, mine.signal)
    if (mine.signal.aborted) return
    if ('error' in got) {
      known.value = { ...known.value, state: 'failed', error: got.error, isPassing: got.isPassing }
      if (got.isPassing) later(RETRY_MS)
      return
    }
    known.value = { state: 'ready', data: got.data, sql: got.sql, tookMs: got.took_ms }
    seen.delete(url)
    seen.set(url, known.value)
    if (seen.size > SEEN_MAX) seen.delete(seen.keys().next().value!)
  }
  function later(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (document.visibilityState === 'visible') void load()
      else later(REFRESH_MIN_MS)
    }, ms)
  }
  /** What failed while nobody answered is asked anew at once, and failed no longer. */
  function goOn(): void {
    const { state, data, sql, tookMs } = known.value
    if (state !== 'failed') {
      changed()
      return
    }
    known.value = { state: 'loading', data, sql, ...(tookMs === undefined ? {} : { tookMs }) }
    void load()
  }
  const changed = () => later(Math.max(0, askedAt + REFRESH_MIN_MS - performance.now()))
  return {
    known,
    reload: () => void load(),
    /** Returns what ends it. */
    begin(topics: readonly string[]): () => void {
      void load()
      const stops = topics.map(topic => changesOf(topic).subscribe(skippingFirst(changed)))
      stops.push(connection.subscribe(skippingFirst(state => state === 'live' && goOn())))
      return () => {
        for (const stop of stops) stop()
        clearTimeout(timer)
        current?.abort()
      }
    },
  }
}

function skippingFirst<V>(listener: (value: V) => void): (value: V) => void {
  let isFirst = true
  return value => {
    if (!isFirst) listener(value)
    isFirst = false
  }
}

type Got =
  | { readonly data: unknown; readonly sql: readonly string[]; readonly took_ms: number }
  | { readonly error: string; readonly isPassing: boolean }

async function fetchAnswer(url: string, signal: AbortSignal): Promise<Got> {
  try {
    const response = await fetch(url, { signal })
    const body = (await response.json()) as Got & { error?: string } // as the server writes it
    if (response.ok) return body
    if (response.status === 401) signedOut()
    const isPassing = response.status === 503 || response.status === 429
    return { error: body.error ?? `the server answered ${response.status}`, isPassing }
  } catch {
    return { error: 'the server did not answer; this is asked again by itself', isPassing: true }
  }
}
