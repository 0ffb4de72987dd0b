import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { type Logger, pino } from 'pino'
import { openReceiver, type Received } from '../../delivery/testing/receiver.ts'
import { createDebugQueue, type DebugQueue, wrapConsole, wrapPino } from './index.ts'

const jsonOf = ({ body }: Received) => JSON.parse(body.toString()) as unknown

test('a wrapped console and a wrapped pino write the same bytes, and queue what is tagged', async t => {
  const receiver = await openReceiver(t)
  const queue = createDebugQueue({ url: receiver.url })
  const tag = { eventType: 'SESSION_DROP', errorCode: 'TIMEOUT', correlationId: 'txn-1', userId: '7' }
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
    },
  )

  const written: unknown[][] = []
  const target = {
    log: (...args: unknown[]) => written.push(args),
    error: (...args: unknown[]) => written.push(args),
  } as unknown as Console // two of its methods
  const undo = wrapConsole(target, queue, { service: 'shop' })
  const lines: unknown[][] = [['plain'], ['tagged', tag], [trap]]
  for (const line of lines) target.error(...line)
  undo()
  target.error('after', tag)
  assert.deepEqual(
    written.map((args, i) => args.length === [...lines, ['after', tag]][i]!.length),
    [true, true, true, true],
  )
  assert.ok(written.slice(0, 3).every((args, i) => args.every((arg, j) => arg === lines[i]![j])))

  const output = (isWrapped: boolean) => {
    let text = ''
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk)
        done()
      },
    })
    const logger = pino({ base: null, timestamp: false }, stream)
    if (isWrapped) wrapPino(logger, queue, { service: 'shop' })
    logger.info('plain')
    logger.warn(tag, 'tagged')
    logger.child({ a: 1 }).error({ err: new RangeError('x'), n: 1 }, 'untagged %s', 'text')
    return text.replaceAll(/"stack":"[^"]*"/g, '')
  }
  assert.equal(output(true), output(false))

  assert.equal(await queue.flush(), true)
  const events = receiver.requests.flatMap(request => jsonOf(request) as Record<string, unknown>[]) // arrays of events
  assert.partialDeepStrictEqual(events, [
    {
      eventType: 'SESSION_DROP',
      priority: 'high',
      correlationId: 'txn-1',
      details: { service: 'shop', errorCode: 'TIMEOUT', userId: '7' },
    },
    {
      eventType: 'SESSION_DROP',
      priority: 'low',
      correlationId: 'txn-1',
      details: { service: 'shop', errorCode: 'TIMEOUT', userId: '7' },
    },
  ])
  assert.equal(events.length, 2)
})

const TAG = { eventType: 'SESSION_DROP', errorCode: 'TIMEOUT', correlationId: 'txn-1' }

function openLogger(): { logger: Logger; lines: () => number } {
  let count = 0
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      count += 1
      done()
    },
  })
  return { logger: pino({ level: 'info' }, stream), lines: () => count }
}

function countingQueue(): { queue: DebugQueue; queued: () => number } {
  let count = 0
  const queue: DebugQueue = {
    log: () => {
      count += 1
    },
    flush: async () => true,
    status: () => ({ pending: 0, sent: 0, dropped: 0 }),
  }
  return { queue, queued: () => count }
}

test('a line is queued when it is written: by children, grandchildren and after another level was set', () => {
  const { logger, lines } = openLogger()
  const { queue, queued } = countingQueue()
  const early = logger.child({ early: true })
  wrapPino(logger, queue, { service: 'shop' })
  const steps: readonly (readonly [string, () => void])[] = [
    ['the logger', () => logger.info(TAG)],
    ['a line below its level', () => logger.debug(TAG)],
    ['a child made before', () => early.warn(TAG)],
    ['a child', () => logger.child({ a: 1 }).info(TAG)],
    ['a child with a level of its own', () => logger.child({ a: 1 }, { level: 'debug' }).debug(TAG)],
    ['its child', () => logger.child({ a: 1 }, { level: 'debug' }).child({ b: 2 }).debug(TAG)],
    ['a quiet child', () => logger.child({ a: 1 }, { level: 'error' }).info(TAG)],
    [
      'another level',
      () => {
        logger.level = 'trace'
        logger.trace(TAG)
      },
    ],
    [
      'another level, less',
      () => {
        logger.level = 'error'
        logger.info(TAG)
        logger.fatal(TAG)
      },
    ],
  ]
  for (const [name, step] of steps) {
    step()
    assert.equal(queued(), lines(), name)
  }
  assert.equal(lines(), 7)
})

test('what was taken back queues nothing more, in children and after another level was set, and still writes', () => {
  const { logger, lines } = openLogger()
  const { queue, queued } = countingQueue()
  const undo = wrapPino(logger, queue, { service: 'shop' })
  const child = logger.child({ a: 1 }, { level: 'debug' })
  undo()
  logger.info(TAG)
  child.debug(TAG)
  child.level = 'trace'
  child.trace(TAG)
  logger.level = 'debug'
  logger.debug(TAG)
  logger.child({}).debug(TAG)
  assert.deepEqual([lines(), queued()], [5, 0])
})
