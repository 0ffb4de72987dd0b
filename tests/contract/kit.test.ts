import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { z } from 'zod'
import { type Component, type Consume, type Definition, define } from '../../pipeline/component.ts'
import { PermanentError } from '../../pipeline/errors.ts'
import { type Batch, type Item, keepItems, SIGNALS } from '../../pipeline/model/index.ts'
import { markOf } from './batches.ts'
import { type Destination, type Fault, NEVER } from './check.ts'
import { contractChecks, testComponent } from './index.ts'

/** The kit is only worth something if it notices: each component here breaks one promise, and that check must fail. */

const config = z.strictObject({ size: z.number().default(1).describe('A size.') })

function processor(consume: (next: Consume) => Consume, more: Partial<Definition> = {}): Definition {
  return {
    ...define({
      kind: 'processor',
      type: 'broken',
      summary: 'Breaks a promise.',
      signals: SIGNALS,
      config,
      examples: [{}],
      create: (_config, next) => ({ consume: consume(next) }),
    }),
    ...more,
  }
}

const passOn = (next: Consume): Consume => next
const withItems = (change: (items: readonly Item[]) => Item[]) =>
  processor(next => (batch, signal) => next({ ...batch, items: change(batch.items) } as Batch, signal))
const withParts = (parts: Partial<Component>) =>
  processor(passOn, { create: (_config, next) => ({ consume: next, ...parts }) })

const intervals: NodeJS.Timeout[] = []
const leak = () => void intervals.push(setInterval(() => {}, 1_000))
const stopLeaks = () => intervals.splice(0).forEach(clearInterval)

const seenIds = new Set<string>()
let calls = 0

const BROKEN: readonly (readonly [what: string, definition: Definition, promise: string])[] = [
  ['loses a record', withItems(items => items.slice(1)), 'hands each batch on once'],
  ['repeats a record', withItems(items => [...items, ...items.slice(0, 1)]), 'hands each batch on once'],
  ['turns the order', withItems(items => items.toReversed()), 'hands each batch on once'],
  [
    'drops attributes',
    withItems(items => items.map(i => ({ ...i, attributes: new Map() }))),
    'hands each batch on once',
  ],
  [
    'counts a record that it did not drop',
    processor(next => (batch, signal) => {
      const dropped = new Map([...batch.account.dropped, ['broken', 1]])
      return next({ ...batch, account: { ...batch.account, dropped } }, signal)
    }),
    'hands each batch on once',
  ],
  [
    'forgets what was dropped before',
    processor(next => (batch, signal) => {
      const account = { ...batch.account, dropped: new Map(), received: batch.items.length }
      return next({ ...batch, account }, signal)
    }),
    'hands each batch on once',
  ],
  [
    'makes an id of its own',
    processor(next => (batch, signal) => next({ ...batch, id: `${batch.id}!` }, signal)),
    'hands each batch on once',
  ],
  [
    'calls next twice',
    processor(next => async (batch, signal) => {
      await next(batch, signal)
      await next(batch, signal)
    }),
    'hands each batch on once',
  ],
  [
    'writes into its input',
    processor(next => (batch, signal) => {
      for (const item of batch.items) (item.attributes as Map<string, string>).set('x', 'y')
      return next(batch, signal)
    }),
    'leaves its input',
  ],
  [
    'writes into bytes of its input',
    processor(next => (batch, signal) => {
      for (const record of batch.account.rejected) record.raw.fill(0xff)
      return next(batch, signal)
    }),
    'leaves its input',
  ],
  [
    'keeps empty batches',
    processor(next => async (batch, signal) => {
      if (batch.items.length > 0) await next(batch, signal)
    }),
    'hands on a batch without records',
  ],
  [
    'remembers batches',
    processor(next => (batch, signal) => {
      const isNew = !seenIds.has(batch.id)
      seenIds.add(batch.id)
      return next(isNew ? batch : keepItems(batch, [], 'broken'), signal)
    }),
    'gives the same output',
  ],
  [
    'takes every other batch',
    processor(next => (batch, signal) => next(calls++ % 2 === 0 ? batch : keepItems(batch, [], 'broken'), signal)),
    'gives the same output',
  ],
  [
    'swallows errors',
    processor(next => (batch, signal) => next(batch, signal).catch(() => {})),
    'rejects with the very error',
  ],
  [
    'wraps errors',
    processor(
      next => (batch, signal) =>
        next(batch, signal).catch(cause => {
          throw new Error('failed', { cause })
        }),
    ),
    'rejects with the very error',
  ],
  [
    'answers early',
    processor(next => async (batch, signal) => {
      next(batch, signal).catch(() => {})
    }),
    'does not answer before',
  ],
  ['keeps the signal to itself', processor(next => batch => next(batch, NEVER)), 'lets go'],
  ['has no sentence', processor(passOn, { summary: 'breaks a promise' }), 'is named and described'],
  ['is in camelCase', processor(passOn, { type: 'matchIssues' }), 'is named and described'],
  ['names a signal twice', processor(passOn, { signals: ['logs', 'logs'] }), 'is named and described'],
  ['declares delivery', processor(passOn, { delivery: 'durable' }), 'is named and described'],
  ['takes unknown keys', processor(passOn, { config: z.object({}) }), 'refuses unknown keys'],
  ['takes unknown keys', processor(passOn, { config: z.object({}) }), 'takes an unknown key'],
  [
    'takes unknown keys further down',
    processor(passOn, {
      config: z.strictObject({ a: z.array(z.object({ b: z.string().describe('B.') })).describe('A.') }),
    }),
    'refuses unknown keys',
  ],
  [
    'does not describe a key',
    processor(passOn, { config: z.strictObject({ a: z.string().optional() }) }),
    'refuses unknown keys',
  ],
  [
    'has keys in camelCase',
    processor(passOn, { config: z.strictObject({ maxSize: z.string().optional().describe('A.') }) }),
    'refuses unknown keys',
  ],
  ['has no examples', processor(passOn, { examples: [] }), 'has examples'],
  ['has an example with a fault', processor(passOn, { examples: [{ size: 'big' }] }), 'has examples'],
  [
    'opens something when it is created',
    processor(passOn, {
      create: (_config, next) => {
        leak()
        return { consume: next }
      },
    }),
    'does no I/O',
  ],
  ['leaves something running', withParts({ start: async () => leak() }), 'starts, stops in time'],
  ['hangs when it is stopped', withParts({ shutdown: () => new Promise(() => {}) }), 'starts, stops in time'],
  [
    'cannot be stopped before its start',
    withParts({ shutdown: () => Promise.reject(new Error('not started')) }),
    'can be shut down without',
  ],
  ['is a processor that consumes nothing', withParts({ consume: undefined }), 'takes part in a pipeline'],
  ['is a receiver that consumes', processor(passOn, { kind: 'receiver' }), 'takes part in a pipeline'],
]

for (const [what, definition, promise] of BROKEN) {
  test(`the kit notices a component that ${what}`, { concurrency: false }, t => mustFail(t, definition, promise, {}))
}

async function mustFail(t: TestContext, definition: Definition, promise: string, options: object): Promise<void> {
  t.after(stopLeaks)
  const check = contractChecks(definition, options).find(check => check.promise.startsWith(promise))
  assert.ok(check, `no check promises "${promise}"`)
  await assert.rejects(async () => check.run())
}

/** An exporter into memory, as `deliver` does it. */
type Deliver = (batch: Batch, put: (marks: string[]) => void, fault: Fault | undefined) => Promise<void>

function exporter(deliver: Deliver): { definition: Definition; openDestination: () => Promise<Destination> } {
  let arrived: string[] = []
  let fault: Fault | undefined
  const definition = define({
    kind: 'exporter',
    type: 'memory',
    summary: 'Keeps marks in memory.',
    signals: SIGNALS,
    delivery: 'durable',
    config,
    examples: [{}],
    create: () => ({ consume: batch => deliver(batch, marks => void arrived.push(...marks), fault) }),
  })
  const openDestination = async (): Promise<Destination> => {
    arrived = []
    fault = undefined
    return {
      settings: {},
      answer: next => {
        fault = next
      },
      arrived: async () => arrived,
      close: async () => {},
    }
  }
  return { definition, openDestination }
}

const faultError = (fault: Fault) => (fault === 'permanent' ? new PermanentError('bad request') : new Error('busy'))
const marksOf = (batch: Batch) => batch.items.map(markOf)

const deliverWell: Deliver = async (batch, put, fault) => {
  if (fault !== undefined) throw faultError(fault)
  put(marksOf(batch))
}

const BROKEN_EXPORTERS: readonly (readonly [what: string, deliver: Deliver, promise: string])[] = [
  [
    'loses a record',
    async (batch, put, fault) => deliverWell({ ...batch, items: batch.items.slice(1) } as Batch, put, fault),
    'delivers every record',
  ],
  [
    'delivers what it also refused',
    async (batch, put, fault) => {
      put(marksOf(batch))
      if (fault !== undefined) throw faultError(fault)
    },
    'delivers every record',
  ],
  [
    'takes every fault for a passing one',
    async (batch, put, fault) => {
      if (fault !== undefined) throw new Error(fault)
      put(marksOf(batch))
    },
    'delivers every record',
  ],
  [
    'takes every fault for a lasting one',
    async (batch, put, fault) => {
      if (fault !== undefined) throw new PermanentError(fault)
      put(marksOf(batch))
    },
    'delivers every record',
  ],
  [
    'hides faults',
    async (batch, put, fault) => {
      if (fault === undefined) put(marksOf(batch))
    },
    'delivers every record',
  ],
  [
    'cannot take a batch without records',
    async (batch, put, fault) => {
      assert.ok(batch.items.length > 0)
      await deliverWell(batch, put, fault)
    },
    'leaves its input',
  ],
  [
    'writes into its input',
    async (batch, put, fault) => {
      for (const item of batch.items) (item.attributes as Map<string, string>).delete('x')
      await deliverWell(batch, put, fault)
    },
    'leaves its input',
  ],
]

for (const [what, deliver, promise] of BROKEN_EXPORTERS) {
  const { definition, openDestination } = exporter(deliver)
  test(`the kit notices an exporter that ${what}`, t =>
    mustFail(t, definition, promise, { destination: openDestination }))
}

// And what keeps its promises passes.
testComponent(processor(passOn, { type: 'sound' }))
const sound = exporter(deliverWell)
testComponent(sound.definition, { destination: sound.openDestination })
