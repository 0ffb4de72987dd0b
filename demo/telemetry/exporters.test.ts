import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { DemoError, runDemo } from '../index.ts'
import { encodePartialSuccess } from '../testing/otlp-schema.ts'
import { type Interception, startSink } from '../testing/sink.ts'

const SMALL = { seed: 3, minutes: 2, rate: 1 }

async function failureOf(run: Promise<unknown>): Promise<DemoError> {
  const outcome = await run.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof DemoError, String(outcome))
  return outcome
}

/** What the demo says when the receiver behaves like this. */
async function failureWith(intercept: Interception): Promise<{ error: DemoError; endpoint: string }> {
  const sink = await startSink(intercept)
  try {
    return { error: await failureOf(runDemo({ ...SMALL, endpoint: sink.endpoint })), endpoint: sink.endpoint }
  } finally {
    await sink.close()
  }
}

function answer(response: ServerResponse, status: number, body: Uint8Array = new Uint8Array()): true {
  response.writeHead(status)
  response.end(body)
  return true
}

test('nobody at the endpoint: the error names it, and says how to start and how to name another', async () => {
  const sink = await startSink()
  await sink.close()
  const error = await failureOf(runDemo({ ...SMALL, endpoint: sink.endpoint }))
  assert.equal(error.reason, 'unreachable')
  for (const part of [sink.endpoint, 'ECONNREFUSED', 'npm start', '--endpoint'])
    assert.ok(error.message.includes(part), error.message)
})

const ANSWERS: readonly [status: number, hint: RegExp][] = [
  [401, /OTEL_EXPORTER_OTLP_HEADERS/],
  [403, /OTEL_EXPORTER_OTLP_HEADERS/],
  [404, /--endpoint/],
  [500, /log says more/],
]
for (const [status, hint] of ANSWERS) {
  test(`HTTP ${status} from the endpoint ends the run with what to do`, async () => {
    const { error, endpoint } = await failureWith((_signal, _items, response) => answer(response, status))
    assert.equal(error.reason, 'refused')
    assert.ok(error.message.startsWith(`${endpoint} answered HTTP ${status}`), error.message)
    assert.match(error.message, hint)
  })
}

for (const signal of ['traces', 'logs', 'metrics'] as const) {
  test(`an export of ${signal} that fails later on ends the run`, async () => {
    let requests = 0
    const { error } = await failureWith(
      (seen, items, response) => seen === signal && items > 0 && ++requests === 3 && answer(response, 400),
    )
    assert.equal(error.reason, 'refused')
    assert.match(error.message, new RegExp(`items of ${signal}`))
  })

  test(`${signal} that the receiver rejects one by one are counted, and end the run as incomplete`, async () => {
    let rejected = 0
    const { error } = await failureWith((seen, items, response) => {
      if (seen !== signal || items < 2 || rejected > 0) return false
      rejected = 2
      return answer(response, 200, encodePartialSuccess(rejected, 'the time is out of range'))
    })
    assert.equal(error.reason, 'incomplete')
    assert.match(error.message, new RegExp(`2 of \\d+ items of ${signal} were rejected`))
    assert.match(error.message, /the time is out of range/)
  })
}

test('a receiver that is overloaded for good ends the run', async () => {
  let requests = 0
  const { error } = await failureWith((_signal, items, response) => {
    if (items === 0 || ++requests < 4) return false
    response.setHeader('retry-after', new Date(0).toUTCString())
    return answer(response, 503)
  })
  assert.equal(error.reason, 'refused')
  assert.match(error.message, /did not take the telemetry in time.*--rate/)
})

test('a receiver that asks for patience gets everything, once', async () => {
  let refusals = 0
  const sink = await startSink((_signal, items, response) => {
    if (items === 0 || refusals >= 3) return false
    refusals++
    response.setHeader('retry-after', '1')
    return answer(response, 503)
  })
  const result = await runDemo({ ...SMALL, endpoint: sink.endpoint })
  await sink.close()
  assert.equal(refusals, 3)
  assert.equal(sink.received.traces.length, result.generated.traces)
  assert.deepEqual(result.acknowledged, result.generated)
})
