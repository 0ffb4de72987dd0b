import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Component, Consume, Definition } from '../../pipeline/component.ts'
import { OverloadedError, PermanentError, RejectedRecordsError, UnavailableError } from '../../pipeline/errors.ts'
import type { Batch, Signal } from '../../pipeline/model/index.ts'
import { batchOf, markOf } from './batches.ts'
import { build, type Check, type ContractOptions, inTime, NEVER, settingsOf } from './check.ts'
import { deepFreeze } from './freeze.ts'

const RUNS = 25

/** Errors as `next` rejects with them; fast-check picks them and prints its seed when a check fails. */
const FAULTS: readonly (() => Error)[] = [
  () => new Error('connection lost'),
  () => new UnavailableError('no database', 1_000),
  () => new OverloadedError('full', 1_000),
  () => new PermanentError('never'),
  () => new RejectedRecordsError(1, 'one was refused'),
]
const fault = fc.constantFrom(...FAULTS)

/** What the graph relies on when it puts a processor between two other components. */
export function processorChecks(definition: Definition, options: ContractOptions): Check[] {
  const each = (run: (open: Open, signal: Signal) => Promise<void>) => async () => {
    for (const settings of settingsOf(definition, options)) {
      for (const signal of definition.signals) {
        await run(next => open(build(definition, settings, next, options.context)), signal)
      }
    }
  }
  return [
    { promise: 'hands each batch on once, in order, with every record accounted for', run: each(accounts) },
    { promise: 'leaves its input as it was', run: each(leavesInput) },
    { promise: 'hands on a batch without records', run: each(passesEmpty) },
    {
      promise: 'gives the same output for the same batch: after a fault, in another process, among others',
      run: each(repeats),
    },
    { promise: 'rejects with the very error of what comes after it', run: each(passesErrors) },
    { promise: 'does not answer before what comes after it', run: each(waits) },
    { promise: 'lets go when it is told to', run: each(aborts) },
  ]
}

type Open = (next: Consume) => Promise<{ readonly consume: Consume; close(): Promise<void> }>

async function open(component: Component): ReturnType<Open> {
  await inTime(component.start?.(NEVER) ?? Promise.resolve(), 'start')
  return {
    consume: (batch, signal) => inTime(component.consume!(batch, signal), 'consume'), // a processor has one
    close: () => inTime(component.shutdown?.(NEVER) ?? Promise.resolve(), 'shutdown'),
  }
}

/** Runs `property` for many batches against one component, as a pipeline does. */
async function forBatches(
  open: Open,
  signal: Signal,
  property: (batch: Batch, consume: Consume, seen: Batch[]) => Promise<void>,
) {
  let seen: Batch[] = []
  const component = await open(async batch => void seen.push(batch))
  try {
    await fc.assert(
      fc.asyncProperty(batchOf(signal), async batch => {
        seen = []
        await property(batch as Batch, component.consume, seen) // batchOf makes what the signal says
      }),
      { numRuns: RUNS },
    )
  } finally {
    await component.close()
  }
}

const accounts = (open: Open, signal: Signal) =>
  forBatches(open, signal, async (batch, consume, seen) => {
    await consume(batch, NEVER)
    assert.equal(seen.length, 1, 'next was not called once')
    const after = seen[0]!
    const { receiver, received, dropped, rejected } = after.account
    assert.deepEqual([after.id, after.signal, after.bytes], [batch.id, batch.signal, batch.bytes])
    assert.deepEqual([receiver, received], [batch.account.receiver, batch.account.received])
    const left = [...dropped.values()].reduce((sum, records) => sum + records, 0)
    assert.equal(after.items.length + left + rejected.length, received, 'received = items + dropped + rejected')
    for (const [reason, records] of batch.account.dropped) {
      assert.ok((dropped.get(reason) ?? 0) >= records, `records dropped by ${reason} are no longer counted`)
    }
    assert.deepEqual(rejected.slice(0, batch.account.rejected.length), batch.account.rejected)
    const marks = batch.items.map(markOf)
    const positions = after.items.map(item => marks.indexOf(markOf(item)))
    const sorted = [...new Set(positions)].sort((a, b) => a - b)
    assert.deepEqual(positions, sorted, 'records were added, repeated or put in another order')
    assert.ok(!positions.includes(-1), 'a record was added or lost its attributes')
  })

const leavesInput = (open: Open, signal: Signal) =>
  forBatches(open, signal, async (batch, consume) => {
    const before = structuredClone(batch)
    await consume(deepFreeze(batch), NEVER)
    assert.deepEqual(batch, before)
  })

const passesEmpty = (open: Open, signal: Signal) =>
  forBatches(open, signal, async (batch, consume, seen) => {
    const received = batch.account.received - batch.items.length
    const empty = { ...batch, items: [], account: { ...batch.account, received } }
    await consume(empty, NEVER)
    assert.deepEqual(seen, [empty])
  })

async function repeats(open: Open, signal: Signal): Promise<void> {
  const run = async (batch: Batch, other: Batch, error: Error) => {
    const outputs: Batch[] = []
    let isFailing = true
    const keep: Consume = async output => {
      if (output.id === batch.id) outputs.push(output)
      if (isFailing) throw error
    }
    const first = await open(keep)
    await first.consume(batch, NEVER).catch(() => {})
    isFailing = false
    await Promise.all([first.consume(other, NEVER), first.consume(batch, NEVER)])
    const second = await open(keep)
    await second.consume(batch, NEVER)
    await Promise.all([first.close(), second.close()])
    assert.equal(outputs.length, 3)
    assert.deepEqual(outputs[1], outputs[0], 'a resend gives another result')
    assert.deepEqual(outputs[2], outputs[0], 'another process gives another result')
  }
  const property = fc.asyncProperty(batchOf(signal), batchOf(signal), fault, async (batch, other, fault) => {
    fc.pre(batch.id !== other.id)
    await run(batch as Batch, other as Batch, fault()) // batchOf makes what the signal says
  })
  await fc.assert(property, { numRuns: RUNS })
}

async function passesErrors(open: Open, signal: Signal): Promise<void> {
  let error = new Error()
  const component = await open(async () => {
    throw error
  })
  const property = fc.asyncProperty(batchOf(signal), fault, async (batch, fault) => {
    error = fault()
    await assert.rejects(component.consume(batch as Batch, NEVER), caught => caught === error)
  })
  await fc.assert(property, { numRuns: RUNS })
  await component.close()
}

async function waits(open: Open, signal: Signal): Promise<void> {
  const called = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const component = await open(() => {
    called.resolve()
    return answer.promise
  })
  let isSettled = false
  const consuming = component.consume(oneBatch(signal), NEVER).finally(() => {
    isSettled = true
  })
  await Promise.race([called.promise, consuming])
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
  assert.equal(isSettled, false, 'consume resolved before next did: a sender would be told that records are safe')
  answer.resolve()
  await consuming
  await component.close()
}

async function aborts(open: Open, signal: Signal): Promise<void> {
  const called = Promise.withResolvers<void>()
  const component = await open((_batch, signal) => {
    const { promise, reject } = Promise.withResolvers<void>()
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
    called.resolve()
    return promise
  })
  const controller = new AbortController()
  const consuming = component.consume(oneBatch(signal), controller.signal)
  await Promise.race([called.promise, consuming])
  controller.abort(new Error('stop'))
  await assert.rejects(consuming, { message: 'stop' })
  await component.consume(oneBatch(signal), controller.signal).catch(() => {}) // may refuse, must not hang
  await component.close()
}

/** A batch with records, the same each time: these checks are about when, not about what. */
function oneBatch(signal: Signal): Batch {
  const batches = fc.sample(batchOf(signal), { numRuns: 50, seed: 1 })
  return batches.find(batch => batch.items.length > 0) as Batch // batchOf makes what the signal says
}
