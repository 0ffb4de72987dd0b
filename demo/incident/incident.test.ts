import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SERVICE_NAMES } from '../shop/release.ts'
import { countBy, type DemoRun, nanos, runIntoSink } from '../testing/demo-run.ts'
import type { SeenSpan } from '../testing/flatten.ts'
import { framesOf, sourceLine } from '../testing/stack.ts'
import { SCENARIOS } from './scenarios.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SERVER = 2
const ERROR = 2

interface Exception {
  readonly span: SeenSpan
  readonly time: bigint
  readonly type: string
  readonly message: string
  readonly stack: string
}

function exceptionsIn(spans: readonly SeenSpan[]): Exception[] {
  return spans.flatMap(span =>
    span.events
      .filter(event => event.name === 'exception')
      .map(({ time, attributes }) => ({
        span,
        time,
        type: String(attributes['exception.type']),
        message: String(attributes['exception.message']),
        stack: String(attributes['exception.stacktrace']),
      })),
  )
}

function distinct(values: Iterable<unknown>): string[] {
  return [...new Set([...values].map(String))].sort()
}

function medianMs(spans: readonly SeenSpan[]): number {
  const sorted = spans.map(span => Number(span.end - span.start) / 1e6).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function templatePattern(template: string): RegExp {
  return new RegExp(`^${template.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/<\w+>/g, '\\S+')}$`)
}

for (const [seed, scenario] of SCENARIOS.entries()) {
  describe(`the incident of seed ${seed}, ${scenario.name}`, () => {
    let run: DemoRun
    let exceptions: Exception[]
    let incident: Exception[]
    before(async () => {
      run = await runIntoSink({ seed, minutes: 3, rate: 5 })
      exceptions = exceptionsIn(run.received.traces)
      incident = exceptions.filter(({ type }) => type === run.result.truth.incident.exception.type)
    })

    test('hits exactly the orders, requests, users and traces of the ground truth', () => {
      const { affected, errorBurst, service } = run.result.truth.incident
      assert.ok(incident.length >= 3, `${incident.length} errors`)
      assert.equal(errorBurst.count, incident.length)
      assert.deepEqual(distinct(incident.map(({ span }) => span.service)), [service])
      const spans = incident.map(({ span }) => span)
      for (const [list, found] of [
        [affected.traces, spans.map(span => span.traceId)],
        [affected.orders, spans.map(span => span.attributes['order.id'])],
        [affected.requests, spans.map(span => span.attributes['request.id'])],
        [affected.users, spans.map(span => span.attributes['user.id'])],
      ] as const) {
        assert.deepEqual([...list.ids].sort(), distinct(found))
        assert.equal(list.count, list.ids.length)
      }
    })

    test('has the same errors in the log, with the same stacks', () => {
      const { type } = run.result.truth.incident.exception
      const logged = run.received.logs.filter(record => record.attributes['exception.type'] === type)
      assert.ok(logged.every(record => record.severity === 'ERROR'))
      assert.deepEqual(
        logged.map(record => String(record.attributes['exception.stacktrace'])).sort(),
        incident.map(({ stack }) => stack).sort(),
      )
    })

    test('hits in the burst everyone with the attribute who gets that far, and nobody else', () => {
      const { affected, errorBurst, operation, service } = run.result.truth.incident
      const start = nanos(errorBurst.start)
      const end = nanos(errorBurst.end)
      const failedTraces = new Set(
        exceptions.filter(({ span }) => span.service === service).map(({ span }) => span.traceId),
      )
      const incidentTraces = new Set(affected.traces.ids)
      const served = run.received.traces.filter(span => isServed(span, service, operation))
      const spared = served.filter(span => span.attributes[affected.attribute] !== affected.value)
      assert.ok(spared.length > incident.length)
      for (const span of spared) assert.ok(!incidentTraces.has(span.traceId))
      for (const span of served) {
        if (span.attributes[affected.attribute] !== affected.value || span.start < start || span.end >= end) continue
        assert.ok(failedTraces.has(span.traceId), 'an order with the attribute went through')
      }
      for (const { time } of incident) assert.ok(start <= time && time <= end)
      assert.equal(nanos(errorBurst.firstError ?? '') / 1_000_000n, earliest(incident) / 1_000_000n)
    })

    test('makes the operation slow from the deploy on, for its callers as well', () => {
      const { deploy, latencyRegression, operation, propagatesTo, service } = run.result.truth.incident
      const deployed = nanos(deploy!.time)
      const until = nanos(latencyRegression.end)
      const compare = (spans: readonly SeenSpan[]): number => {
        const before = spans.filter(span => span.start < deployed)
        const after = spans.filter(span => span.start >= deployed && span.start < until)
        assert.ok(before.length > 50 && after.length > 20)
        return medianMs(after) / medianMs(before)
      }
      const { traces } = run.received
      assert.ok(compare(traces.filter(span => isServed(span, service, operation))) > 1.8)
      for (const [caller, name] of [
        ['checkout', 'POST /orders'],
        ['storefront', 'POST /checkout'],
      ] as const) {
        if (!propagatesTo.includes(caller)) continue
        assert.ok(compare(traces.filter(span => isServed(span, caller, name))) > 1.3, caller)
      }
    })

    test('reaches the callers as failures of their own', () => {
      const { affected, propagatesTo } = run.result.truth.incident
      const failed = run.received.traces.filter(span => span.kind === SERVER && span.statusCode === ERROR)
      for (const caller of propagatesTo) {
        const traces = new Set(failed.filter(span => span.service === caller).map(span => span.traceId))
        for (const traceId of affected.traces.ids) assert.ok(traces.has(traceId), `${caller} answered ${traceId} well`)
      }
    })

    test('is not the most frequent error, nor in the service with the most', () => {
      const { exception, service } = run.result.truth.incident
      const types = countBy(exceptions, ({ type }) => type)
      assert.ok(Object.values(types).some(count => count > (types[exception.type] ?? 0)))
      const services = countBy(exceptions, ({ span }) => span.service)
      const others = Object.entries(services).filter(([name]) => name !== service)
      assert.ok(
        others.some(([, count]) => count > (services[service] ?? 0)),
        JSON.stringify(services),
      )
    })

    test('follows a deploy that is told as an event, like the innocent ones', () => {
      const { incident, innocentDeploys } = run.result.truth
      const told = run.received.logs
        .filter(record => record.eventName === 'deployment')
        .map(record => [record.service, record.version, record.time, record.attributes['vcs.ref.head.revision']].join())
      const deploys = [incident.deploy!, ...innocentDeploys, ...(incident.rollback === null ? [] : [incident.rollback])]
      const expected = deploys.map(({ service, version, time, commit }) =>
        [service, version, nanos(time), commit].join(),
      )
      assert.deepEqual(told.sort(), expected.sort())
      const culprits = run.received.traces.filter(
        span => span.service === incident.service && span.start >= nanos(incident.deploy!.time),
      )
      assert.ok(culprits.some(span => span.version === incident.deploy!.version))
    })

    test('names where the exception is thrown', () => {
      const { type, messageTemplate, causeType, file, function: name } = run.result.truth.incident.exception
      for (const { message, stack } of incident) {
        assert.match(message, templatePattern(messageTemplate))
        assert.ok(stack.startsWith(`${type}: ${message}\n`))
        assert.match(stack, new RegExp(`\nCaused by: ${causeType}: `))
        const [own = [], cause = []] = framesOf(stack)
        assert.equal(own[0]?.function, name)
        assert.equal(own[0]?.path, ROOT + file)
        assert.equal(cause[1]?.path, ROOT + file)
      }
    })

    test('has real stacks, this error and all others: every frame is code of the service that failed', () => {
      assert.ok(distinct(exceptions.map(({ type }) => type)).length >= 4)
      for (const { span, stack } of exceptions) {
        for (const frames of framesOf(stack)) {
          assert.ok(frames.length >= 3, stack)
          for (const frame of frames) assert.notEqual(sourceLine(frame), undefined, `${frame.path}:${frame.line}`)
          const elsewhere = SERVICE_NAMES.filter(name => name !== span.service)
          for (const { path } of frames) {
            for (const name of elsewhere) assert.doesNotMatch(path, new RegExp(`/services/${name}[./]`), stack)
          }
        }
        const top = framesOf(stack)[0]?.[0]
        assert.ok(top !== undefined)
        assert.match(sourceLine(top) ?? '', /throw |Error\(/, stack)
      }
    })
  })
}

function isServed(span: SeenSpan, service: string, operation: string): boolean {
  return span.kind === SERVER && span.service === service && span.name === operation
}

function earliest(exceptions: readonly Exception[]): bigint {
  return exceptions.map(({ time }) => time).reduce((first, time) => (time < first ? time : first))
}
