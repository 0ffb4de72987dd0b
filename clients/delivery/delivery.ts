/**
 * What became of one request. `sent`: the items are safe. `retry`: to be tried again, after `retryAfterMs` where the
 * server said so. `refused`: never to be taken as they are.
 */
export type Outcome =
  | 'sent'
  | { readonly retry: string; readonly retryAfterMs?: number | undefined }
  | { readonly refused: string }

export interface DeliveryOptions<T> {
  /** One request. It settles when `signal` aborts; what it rejects with is tried again. */
  readonly send: (items: readonly T[], signal: AbortSignal) => Promise<Outcome>
  /** Items that may wait, those under way included. */
  readonly maxItems: number
  /** Bytes that may wait, by `sizeOf`. */
  readonly maxBytes: number
  readonly sizeOf: (item: T) => number
  readonly maxBatchItems: number
  /** A larger item goes alone. */
  readonly maxBatchBytes: number
  /** How long an item waits for others to go with it. */
  readonly flushIntervalMs: number
  readonly requestTimeoutMs: number
  readonly backoffMinMs?: number
  readonly backoffMaxMs?: number
  /** A sentence for whoever runs the application; each kind at most once a minute. */
  readonly onWarning: (message: string) => void
}

/** A bounded queue in front of a server that may be slow or away. Nothing here throws into the caller or blocks it. */
export interface Delivery<T> {
  /** False when the queue is full: the item is dropped and counted. */
  add(item: T): boolean
  /** Sends what waits, now. True once all of it is sent or refused, false at the deadline. */
  flush(timeoutMs: number): Promise<boolean>
  /** Sends without waiting for company. Unlike `flush` it keeps the pause that a failure or the server asked for. */
  hurry(): void
  /** Ends the request under way, which is then to be sent again: it must not hold a process whose time is over. */
  abandon(): void
  readonly pending: number
  readonly sent: number
  readonly dropped: number
}

const BACKOFF_MIN_MS = 250
const BACKOFF_MAX_MS = 30_000
const WARNING_INTERVAL_MS = 60_000

interface Waiting<T> {
  readonly item: T
  readonly bytes: number
  /** Its batch was refused: it goes alone, so that it cannot take others with it. */
  alone: boolean
}

export function createDelivery<T>(options: DeliveryOptions<T>): Delivery<T> {
  const { maxItems, maxBytes, maxBatchItems, maxBatchBytes, flushIntervalMs } = options
  const { backoffMinMs = BACKOFF_MIN_MS, backoffMaxMs = BACKOFF_MAX_MS } = options
  const warn = limitedWarnings(options.onWarning)
  const queue: Waiting<T>[] = []
  const idle = new Set<() => void>()
  let bytes = 0
  let sent = 0
  let dropped = 0
  let failures = 0
  /** Items of the request that is to be repeated, as it was: a server that stored it, and whose answer got lost, knows it. */
  let repeated = 0
  let isWorking = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let endPause = () => {}
  let underWay: AbortController | undefined

  function add(item: T): boolean {
    const size = options.sizeOf(item)
    if (queue.length >= maxItems || bytes + size > maxBytes) {
      drop(1, 'full', `the queue is full (${queue.length} items, ${bytes} bytes)`)
      return false
    }
    queue.push({ item, bytes: size, alone: false })
    bytes += size
    if (queue.length >= maxBatchItems) void work()
    else if (timer === undefined && !isWorking) timer = background(() => void work(), flushIntervalMs)
    return true
  }

  function drop(count: number, kind: string, why: string): void {
    dropped += count
    warn(kind, `${why}: ${dropped} dropped so far`)
  }

  async function work(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (isWorking) return
    isWorking = true
    while (queue.length > 0) await sendSome()
    isWorking = false
    for (const onIdle of idle) onIdle()
  }

  async function sendSome(): Promise<void> {
    const batch = nextBatch()
    const outcome = await attempt(batch.map(({ item }) => item))
    if (typeof outcome === 'object' && 'retry' in outcome) {
      failures += 1
      repeated = batch.length
      warn('retry', `cannot deliver: ${outcome.retry}; ${queue.length} items wait`)
      await pause(outcome.retryAfterMs ?? backoff())
      return
    }
    failures = 0
    repeated = 0
    if (outcome !== 'sent' && batch.length > 1) {
      for (const waiting of batch) waiting.alone = true
      return
    }
    queue.splice(0, batch.length)
    for (const waiting of batch) bytes -= waiting.bytes
    if (outcome === 'sent') sent += batch.length
    else drop(1, 'refused', `the server refuses an item (${outcome.refused})`)
  }

  /** From the front of the queue, where the batch stays until it is settled. */
  function nextBatch(): readonly Waiting<T>[] {
    if (repeated > 0) return queue.slice(0, repeated)
    if (queue[0]?.alone) return queue.slice(0, 1)
    let size = 0
    const end = queue.findIndex((waiting, i) => {
      size += waiting.bytes
      return i > 0 && (waiting.alone || i === maxBatchItems || size > maxBatchBytes)
    })
    return end < 0 ? queue.slice() : queue.slice(0, end)
  }

  async function attempt(items: readonly T[]): Promise<Outcome> {
    const abort = new AbortController()
    underWay = abort
    const limit = background(() => abort.abort(), options.requestTimeoutMs)
    try {
      return await options.send(items, abort.signal)
    } catch (error) {
      const why = abort.signal.aborted ? `no answer within ${options.requestTimeoutMs} ms` : causeOf(error)
      return { retry: why }
    } finally {
      clearTimeout(limit)
      underWay = undefined
    }
  }

  function backoff(): number {
    const ceiling = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(failures - 1, 30))
    return ceiling * (0.5 + Math.random() / 2)
  }

  function pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const limit = background(resolve, ms)
      endPause = () => {
        clearTimeout(limit)
        resolve()
      }
    })
  }

  /** The deadline alone keeps the process: pauses and requests do not. */
  async function flush(timeoutMs: number): Promise<boolean> {
    if (queue.length === 0) return true
    const finished = new Promise<boolean>(resolve => {
      const settle = (isDone: boolean) => {
        clearTimeout(deadline)
        idle.delete(onIdle)
        resolve(isDone)
      }
      const onIdle = () => settle(true)
      const deadline = setTimeout(() => settle(false), timeoutMs)
      idle.add(onIdle)
    })
    endPause()
    void work()
    return finished
  }

  return {
    add,
    flush,
    hurry: () => void work(),
    abandon: () => underWay?.abort(),
    get pending() {
      return queue.length
    },
    get sent() {
      return sent
    },
    get dropped() {
      return dropped
    },
  }
}

/** A timer that does not keep the process alive, where there is a process: in browsers a timer is a number. */
export function background(work: () => void, ms: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(work, ms)
  if (typeof timer === 'object') timer.unref?.()
  return timer
}

/** Each kind of warning at most once a minute: an outage must not fill the application's log. */
export function limitedWarnings(onWarning: (message: string) => void): (kind: string, message: string) => void {
  const lastMs = new Map<string, number>()
  return (kind, message) => {
    const now = Date.now()
    if (now - (lastMs.get(kind) ?? Number.NEGATIVE_INFINITY) < WARNING_INTERVAL_MS) return
    lastMs.set(kind, now)
    try {
      onWarning(message)
    } catch {
      // The application's own hook must not become our fault in its eyes.
    }
  }
}

/** fetch says `fetch failed` and keeps the reason in the cause; messages of Node's sockets repeat the address. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause = error } = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause ? String(cause.code) : cause.message || error.message
}
