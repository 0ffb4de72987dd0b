import { attributes, batch, log, resource, span } from '../../exporters/timescale/testing/records.ts'
import type { Batch, LogRecord, Span } from '../../pipeline/model/index.ts'

const SECOND_NS = 1_000_000_000n

const ERROR = 2
const SERVER = 2

export const CAUSE_ID = '000000000000000a'
export const SYMPTOM_ID = '000000000000000b'
export const REFUSAL_ID = '000000000000000c'
export const COMMIT = '5f2c1ab9d0c14c9a8f7b3f6f0c7d3d1e2a4b5c6d'
export const STACK = `NoRateError: no rate for SEK
    at rateFor (file:///srv/pay/rates.ts:58:11)
    at charge (file:///srv/pay/charge.ts:12:5)
Caused by: RangeError: SEK is not among EUR
    at readQuote (file:///srv/pay/rates.ts:67:37)`

/** Minutes ago. Requests come every five seconds for an hour. */
export const TIMES = { begin: 60, deploy: 30, onset: 24, later: 20, end: 14, rollback: 10 } as const

export interface Incident {
  readonly batches: readonly Batch[]
  readonly orders: number
  readonly refusals: number
  readonly at: (minutesAgo: number) => Date
}

/**
 * An hour of two services: `web` asks `pay` for a charge, and rates are looked up all the time. pay 2.0 makes charges 44
 * times as slow and fails for one locale some minutes later, until it is rolled back; web is deployed in between. Cards
 * are refused all along, more often than anything else fails.
 */
export function incident(now: bigint): Incident {
  const spans: Span[] = []
  const logs: LogRecord[] = []
  const ago = (minutes: number) => now - BigInt(Math.round(minutes * 60_000)) * 1_000_000n
  const of = (service: string, version: string, host: string) =>
    resource({
      'service.name': service,
      'service.version': version,
      'deployment.environment.name': 'prod',
      'host.name': host,
    })
  const known = (id: bigint, template: string, kind: 'error' | 'log' = 'error') => ({
    fingerprint: { id, kind, version: 1, template },
  })
  const cause = known(10n, 'NoRateError ← RangeError at readQuote in rates.ts')
  const symptom = known(11n, 'UpstreamError at buy in web.ts')
  const refusal = known(12n, 'CardRefused at charge in charge.ts')
  const exception = (type: string, message: string, stack: string, time: bigint) => ({
    name: 'exception',
    timeUnixNano: time,
    attributes: attributes({ 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack }),
    droppedAttributesCount: 0,
  })
  let [orders, refusals] = [0, 0]
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
  for (let i = 0; i < 720; i++) {
    const minutesAgo = TIMES.begin - i / 12
    const start = ago(minutesAgo)
    const isNew = minutesAgo <= TIMES.deploy && minutesAgo > TIMES.rollback
    const pay = of('pay', isNew ? '2.0' : '1.0', `worker-${i % 3}`)
    const web = of('web', minutesAgo <= TIMES.later ? '5.1' : '5.0', 'worker-9')
    const [traceId, root, charge] = [hex(i + 1, 32), hex(2 * i + 1, 16), hex(2 * i + 2, 16)]
    const locale = i % 4 === 0 ? 'sv-SE' : 'de-DE'
    const ids = { 'order.id': `ord-${i}`, 'user.id': `u-${i % 50}` }
    const end = start + (isNew ? 440n : 10n) * 1_000_000n
    const fails = minutesAgo <= TIMES.onset && minutesAgo >= TIMES.end && locale === 'sv-SE'
    if (fails) orders += 1
    const failed = (id: typeof cause, type: string, message: string, stack: string) =>
      fails ? { statusCode: ERROR, statusMessage: message, events: [exception(type, message, stack, end)], ...id } : {}
    spans.push(
      span({
        resource: web,
        traceId,
        spanId: root,
        name: 'POST /buy',
        kind: SERVER,
        startTimeUnixNano: start - 1_000_000n,
        endTimeUnixNano: end + 1_000_000n,
        attributes: attributes({ ...ids, 'shop.locale': locale, 'shop.carrier': i % 2 ? 'a' : 'b' }),
        ...failed(symptom, 'UpstreamError', 'pay answered 500', ''),
      }),
      span({
        resource: pay,
        traceId,
        spanId: charge,
        parentSpanId: root,
        name: 'POST /charge',
        kind: SERVER,
        startTimeUnixNano: start,
        endTimeUnixNano: end,
        attributes: attributes({ 'http.response.status_code': fails ? 500n : 200n }),
        ...failed(cause, 'NoRateError', 'no rate for SEK', STACK),
      }),
    )
    for (let n = 0; n < 3; n++) {
      const at = start + BigInt(n) * SECOND_NS
      spans.push(
        span({
          resource: pay,
          traceId: hex(10_000 + 3 * i + n, 32),
          spanId: hex(10_000 + 3 * i + n, 16),
          name: 'GET /rates',
          kind: SERVER,
          startTimeUnixNano: at,
          endTimeUnixNano: at + 3_600_000n,
        }),
      )
    }
    const line = (fields: Partial<LogRecord>) =>
      log({ timeUnixNano: end, traceId, attributes: attributes(ids), ...fields })
    logs.push(
      line({
        resource: pay,
        severityNumber: 9,
        body: 'charge asked for',
        spanId: charge,
        ...known(13n, 'charge asked for', 'log'),
      }),
    )
    logs.push(
      line({
        resource: web,
        severityNumber: 9,
        body: 'order came in',
        spanId: root,
        ...known(14n, 'order came in', 'log'),
      }),
    )
    if (fails) {
      const logged = attributes({
        ...ids,
        'exception.type': 'NoRateError',
        'exception.message': 'no rate for SEK',
        'exception.stacktrace': STACK,
      })
      logs.push(
        line({
          resource: pay,
          severityNumber: 17,
          body: 'no rate for SEK',
          spanId: charge,
          attributes: logged,
          ...cause,
        }),
      )
      logs.push(line({ resource: web, severityNumber: 17, body: 'pay answered 500', spanId: root, ...symptom }))
    } else if (i % 5 === 1) {
      refusals += 1
      logs.push(
        line({ resource: pay, severityNumber: 17, body: `card of order ${i} refused`, spanId: charge, ...refusal }),
      )
    }
  }
  const deploy = (minutesAgo: number, service: string, version: string, commit: string, title: string) =>
    log({
      resource: of(service, version, 'worker-0'),
      timeUnixNano: ago(minutesAgo),
      severityNumber: 9,
      eventName: 'deployment',
      body: `deployed ${service} ${version}`,
      attributes: attributes({
        'vcs.ref.head.revision': commit,
        'vcs.change.title': title,
        'deployment.status': 'succeeded',
      }),
    })
  logs.push(deploy(TIMES.deploy, 'pay', '2.0', COMMIT, 'Settle with live rates'))
  logs.push(deploy(TIMES.later, 'web', '5.1', 'c0ffee00c0ffee00', 'New footer'))
  return {
    batches: [
      ...chunks(spans).map((items, i) => batch('traces', `t${i}`, items)),
      ...chunks(logs).map((items, i) => batch('logs', `l${i}`, items)),
    ],
    orders,
    refusals,
    at: minutesAgo => new Date(Number(ago(minutesAgo) / 1_000_000n)),
  }
}

/** Requests as a sender makes them: what comes together is a few minutes' worth. */
function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / 60) }, (_, i) => items.slice(60 * i, 60 * (i + 1)))
}
