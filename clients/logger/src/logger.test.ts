import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAILURES, openReceiver, type Received, type TestReceiver } from '../../delivery/testing/receiver.ts'
import type { LoggerStatus } from './index.ts'
import { runProgram } from './testing/program.ts'

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}
interface Body {
  readonly resourceLogs: {
    readonly resource: { readonly attributes: Attribute[] }
    readonly scopeLogs: {
      readonly logRecords: {
        readonly body: { readonly stringValue: string }
        readonly attributes: Attribute[]
        readonly traceId?: string
        readonly spanId?: string
      }[]
    }[]
  }[]
}
const bodyOf = ({ body }: Received) => JSON.parse(body.toString()) as Body // OTLP's shape
const recordsOf = (requests: readonly Received[]) =>
  requests.flatMap(request => bodyOf(request).resourceLogs[0]!.scopeLogs.flatMap(({ logRecords }) => logRecords))
const sentTo = ({ requests }: TestReceiver) => recordsOf(requests).map(({ body }) => body.stringValue)
const messageOf = (line: string) => (JSON.parse(line) as { msg: string }).msg // a line of pino
const numbers = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`)

const LOG_10 = `const logger = createLogger({ service: 'shop' })
for (let i = 0; i < 10; i++) logger.info('line ' + i)
`
const ENDS = [
  ['ends by itself', '', 0],
  ['calls process.exit at once', 'process.exit(3)', 3],
  ['throws', 'throw new Error("end")', 1],
  ['ends by a fatal line', 'logger.fatal("line 10"); process.exit(1)', 1],
] as const
for (const [name, end, code] of ENDS) {
  test(`a program that logs and ${name} leaves all its lines on stdout and with the server`, async t => {
    const receiver = await openReceiver(t)
    const ended = await runProgram(t, LOG_10 + end, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    assert.equal(ended.code, code, ended.stderr)
    const lines = numbers(end.includes('line 10') ? 11 : 10)
    assert.deepEqual(ended.stdout.map(messageOf), lines)
    assert.deepEqual(sentTo(receiver), lines)
    assert.ok(!ended.stderr.includes('sensorium logger:'), ended.stderr)
  })
}

test('stdout is plain JSON of pino, the resource says whose line it is', async t => {
  const receiver = await openReceiver(t)
  const program = `createLogger({ service: 'shop', environment: 'test', version: '1.2.3', level: 'debug', redact: ['card'] })
    .debug({ order: 7, card: '4111' }, 'hello')`
  const environment = {
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${receiver.url}/own/path`,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x',
  }
  const { stdout } = await runProgram(t, program, environment)
  const { time, pid, hostname, ...line } = JSON.parse(stdout[0]!) as Record<string, unknown> // a line of pino
  assert.deepEqual([typeof time, typeof pid, typeof hostname], ['number', 'number', 'string'])
  const own = { service: 'shop', environment: 'test', version: '1.2.3' }
  assert.deepEqual(line, { level: 20, ...own, order: 7, card: '[Redacted]', msg: 'hello' })
  const [request] = receiver.requests
  assert.deepEqual([request!.path, request!.headers.authorization], ['/own/path', 'Bearer x'])
  const resource = bodyOf(request!).resourceLogs[0]!.resource.attributes
  assert.deepEqual(
    resource.map(({ key, value }) => [key, value.stringValue ?? 'a number']),
    [
      ['process.pid', 'a number'],
      ['host.name', hostname],
      ['service.name', 'shop'],
      ['deployment.environment.name', 'test'],
      ['service.version', '1.2.3'],
    ],
  )
  assert.deepEqual(
    recordsOf([request!])[0]!.attributes.map(({ key }) => key),
    ['order', 'card'],
  )
})

const LOG_MANY = `const logger = createLogger({ service: 'shop' })
let slowestMs = 0
const started = performance.now()
for (let i = 0; i < 12_000; i++) {
  const before = performance.now()
  logger.info('line ' + i)
  slowestMs = Math.max(slowestMs, performance.now() - before)
  if (i % 1_000 === 999) await new Promise(resolve => setImmediate(resolve))
}
process.stderr.write(JSON.stringify({ slowestMs, allMs: performance.now() - started }) + '\\n')`
for (const [name, fail] of FAILURES) {
  test(`a server that ${name} delays no line, changes nothing on stdout, and holds up the end by two seconds`, async t => {
    const receiver = await openReceiver(t)
    await fail(receiver)
    const ended = await runProgram(t, LOG_MANY, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    assert.equal(ended.code, 0, ended.stderr)
    assert.deepEqual(ended.stdout.map(messageOf), numbers(12_000))
    const figures = JSON.parse(ended.stderr.match(/^\{.*\}$/m)![0]) as { slowestMs: number; allMs: number } // as above
    assert.ok(figures.slowestMs < 100 && figures.allMs < 1_500, JSON.stringify(figures))
    assert.ok(ended.tookMs < 6_000, `${ended.tookMs} ms`)
    const said = ended.stderr.split('\n').filter(line => line.startsWith('sensorium logger: '))
    assert.equal(said.filter(line => line.includes('the queue is full')).length, 1, ended.stderr)
    assert.ok(said.includes('sensorium logger: 10000 records were not sent before the program ended'), ended.stderr)
  })
}

test('what was sent and dropped can be read from the logger and its children after a flush', async t => {
  const receiver = await openReceiver(t)
  receiver.answer = request =>
    recordsOf([request]).some(({ body }) => body.stringValue === 'bad') ? { status: 400 } : { status: 200 }
  const program = `const logger = createLogger({ service: 'shop' })
logger.info('good'); logger.info('bad'); logger.child({ a: 1 }).info('good')
await new Promise(resolve => logger.flush(resolve))
console.error(JSON.stringify([loggerStatus(logger), loggerStatus(logger.child({}))]))`
  const { stderr } = await runProgram(t, program, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
  const status = { sent: 2, pending: 0, dropped: 1 }
  assert.deepEqual(JSON.parse(stderr.match(/^\[.*\]$/m)![0]), [status, status])
})

test('lines that come faster than the worker can take them are dropped and counted; stdout has them all', async t => {
  const receiver = await openReceiver(t)
  const program = `const logger = createLogger({ service: 'shop' })
const text = 'x'.repeat(200_000)
for (let i = 0; i < 200; i++) logger.info(text)
await new Promise(resolve => logger.flush(resolve))
console.error(JSON.stringify(loggerStatus(logger)))`
  const { code, stdout, stderr } = await runProgram(t, program, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
  assert.equal(code, 0, stderr)
  assert.equal(stdout.length, 200)
  const { sent, pending, dropped } = JSON.parse(stderr.match(/^\{.*\}$/m)![0]) as LoggerStatus // as above
  assert.deepEqual([sent + dropped, pending], [200, 0])
  // 4 MiB in the buffer and 16 beside it.
  assert.ok(sent >= 100 && dropped >= 50, `${sent} sent, ${dropped} dropped`)
  assert.equal(recordsOf(receiver.requests).length, sent)
  assert.match(stderr, /sensorium logger: lines come faster than the worker reads: 1 lines not sent so far/)
})

test('the end of the worker is not the end of the program: it is told of, and stdout goes on', async t => {
  const receiver = await openReceiver(t)
  const program = `import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
let worker
const { on } = Worker.prototype
Worker.prototype.on = function (...args) {
  worker = this
  return on.apply(this, args)
}
const logger = createLogger({ service: 'shop' })
logger.info('one')
await once(worker, 'online')
await worker.terminate()
await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
logger.info('two')
console.error(JSON.stringify(loggerStatus(logger)))`
  const { code, stdout, stderr } = await runProgram(t, program, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
  assert.equal(code, 0, stderr)
  assert.deepEqual(stdout.map(messageOf), ['one', 'two'])
  assert.match(stderr, /the worker ended, lines go to stdout only: the worker thread exited/)
  assert.match(stderr, /"dropped":1/)
})

test('nothing that is logged throws, and the fields of a line stay with it', async t => {
  const program = `const logger = createLogger({ service: 'shop' })
logger.info({ a: 1 }, 'one')
logger.info({ get x() { throw new Error('mine') } }, 'two')
logger.info('three')`
  const { code, stdout, stderr } = await runProgram(t, program)
  assert.equal(code, 0, stderr)
  assert.deepEqual(
    stdout.map(line => {
      const { a, logger_error, msg } = JSON.parse(line) as Record<string, unknown> // a line of pino
      return { a, logger_error, msg }
    }),
    [
      { a: 1, logger_error: undefined, msg: 'one' },
      { a: undefined, logger_error: 'Error: mine', msg: 'two' },
      { a: undefined, logger_error: undefined, msg: 'three' },
    ],
  )
})

const BAD: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  [`{ service: 'shop', level: 'loud' }`, {}, /loud is no level of pino; info is used/],
  [`{ service: 'shop' }`, { LOG_LEVEL: 'loud' }, /loud is no level of pino; info is used/],
  [`{ service: 'shop', endpoint: 'nowhere' }`, {}, /lines go to stdout only: TypeError/],
  [`{ service: 'shop' }`, { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://x' }, /lines go to stdout only: TypeError/],
]
test('a bad option is told of on stderr, and the logger logs', async t => {
  for (const [options, environment, said] of BAD) {
    const ended = await runProgram(t, `createLogger(${options}).info('x')`, environment)
    assert.deepEqual([ended.code, ended.stdout.map(messageOf)], [0, ['x']])
    assert.match(ended.stderr, said)
  }
})

test('within a span the line and the record have its ids, outside of it they have none', async t => {
  const receiver = await openReceiver(t)
  const program = `import { AsyncLocalStorage } from 'node:async_hooks'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { TracerProvider } from '@opentelemetry/sdk-trace'
const storage = new AsyncLocalStorage()
context.setGlobalContextManager({
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, work, self, ...args) => storage.run(active, () => work.apply(self, args)),
  bind: (_, target) => target,
  enable() { return this },
  disable() { return this },
})
const logger = createLogger({ service: 'shop' })
logger.info('before')
const span = new TracerProvider({}).getTracer('test').startSpan('work')
context.with(trace.setSpan(context.active(), span), () => logger.info({ a: 1 }, 'within'))
logger.info('after')
console.error(JSON.stringify(span.spanContext()))`
  const { code, stdout, stderr } = await runProgram(t, program, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
  assert.equal(code, 0, stderr)
  const { traceId, spanId } = JSON.parse(stderr) as { traceId: string; spanId: string } // as above
  assert.deepEqual(
    stdout.map(line => {
      const { trace_id, span_id, trace_flags } = JSON.parse(line) as Record<string, unknown> // a line of pino
      return [trace_id, span_id, trace_flags]
    }),
    [
      [undefined, undefined, undefined],
      [traceId, spanId, '01'],
      [undefined, undefined, undefined],
    ],
  )
  assert.deepEqual(
    recordsOf(receiver.requests).map(record => [record.traceId, record.spanId, record.attributes.length]),
    [
      [undefined, undefined, 0],
      [traceId, spanId, 1],
      [undefined, undefined, 0],
    ],
  )
})
