import { Writable } from 'node:stream'
import { createDelivery, limitedWarnings, type Outcome } from '../../delivery/delivery.ts'
import { sendTo } from '../../delivery/otlp-http.ts'
import { type KeyValue, keyValues } from './any-value.ts'
import { logRecordOf } from './log-record.ts'
import type { LoggerStatus, OtlpStreamOptions } from './worker-contract.ts'

/** At 300 lines a second an outage of 30 s fits. */
const MAX_RECORDS = 10_000
/** Of JSON, so memory is bounded whatever a line's size. */
const MAX_BYTES = 32 * 1024 * 1024
const MAX_BATCH_RECORDS = 512
/** A sixteenth of what Sensorium takes at once. */
const MAX_BATCH_BYTES = 1024 * 1024
const FLUSH_INTERVAL_MS = 500
const REQUEST_TIMEOUT_MS = 10_000
/** Soon after an outage the records of it are there. */
const BACKOFF_MAX_MS = 5_000
/** What a server that is away may cost a program that ends. */
const EXIT_FLUSH_MS = 2_000

interface Waiting {
  readonly scope: string
  readonly json: string
}

/** Takes lines of pino in pieces of any size, and never pushes back: what has no room is dropped and counted. */
export interface OtlpStream extends Writable {
  /** Sends what waits, for at most two seconds. pino's `logger.flush(callback)` ends here. */
  flush(callback: (error?: Error) => void): void
  status(): LoggerStatus
}

export function openOtlpStream(options: OtlpStreamOptions, onWarning: (message: string) => void): OtlpStream {
  const { target, base } = options
  const warn = limitedWarnings(onWarning)
  const resource = JSON.stringify({ attributes: keyValues({ ...options.resource }) satisfies KeyValue[] })
  let lost = 0
  let rejected = 0
  let unfinished = ''

  const delivery = createDelivery<Waiting>({
    send,
    maxItems: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    sizeOf: ({ json }) => json.length,
    maxBatchItems: MAX_BATCH_RECORDS,
    maxBatchBytes: MAX_BATCH_BYTES,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    ...(options.backoffMinMs !== undefined && { backoffMinMs: options.backoffMinMs }),
    backoffMaxMs: options.backoffMaxMs ?? BACKOFF_MAX_MS,
    onWarning,
  })

  async function send(records: readonly Waiting[], signal: AbortSignal): Promise<Outcome> {
    const answer = await sendTo(target, requestBody(resource, records), signal)
    rejected += answer.rejected
    if (answer.rejected > 0) {
      warn('rejected', `the server left out ${answer.rejected} records (${answer.reason}): ${rejected} so far`)
    }
    return answer.outcome
  }

  function add(line: string): void {
    const read = logRecordOf(line, base, Date.now())
    if (read !== undefined) {
      delivery.add({ scope: read.scope, json: JSON.stringify(read.record) })
      return
    }
    lost += 1
    warn('unreadable', `a line is no JSON of pino and is not sent: ${lost} so far`)
  }

  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      const lines = (unfinished + String(chunk)).split('\n')
      unfinished = lines.pop() ?? ''
      for (const line of lines) if (line !== '') add(line)
      done()
    },
    final(done) {
      if (unfinished !== '') add(unfinished)
      void delivery.flush(EXIT_FLUSH_MS).then(isSent => {
        if (!isSent) {
          lost += delivery.pending
          warn('exit', `${delivery.pending} records were not sent before the program ended`)
        }
        done()
      })
    },
  })
  return Object.assign(stream, {
    flush: (callback: (error?: Error) => void) => void delivery.flush(EXIT_FLUSH_MS).then(() => callback()),
    status: () => ({
      sent: delivery.sent - rejected,
      pending: delivery.pending,
      dropped: delivery.dropped + rejected + lost,
    }),
  })
}

/** The records are in JSON already; they are grouped by scope, in order within each. */
function requestBody(resource: string, records: readonly Waiting[]): string {
  const scopes = new Map<string, string[]>()
  for (const { scope, json } of records) {
    const known = scopes.get(scope)
    if (known === undefined) scopes.set(scope, [json])
    else known.push(json)
  }
  const scopeLogs = [...scopes].map(
    ([name, list]) => `{"scope":{"name":${JSON.stringify(name)}},"logRecords":[${list.join(',')}]}`,
  )
  return `{"resourceLogs":[{"resource":${resource},"scopeLogs":[${scopeLogs.join(',')}]}]}`
}
