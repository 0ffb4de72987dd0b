import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Definition } from '../../pipeline/component.ts'
import { PermanentError } from '../../pipeline/errors.ts'
import type { Batch, Signal } from '../../pipeline/model/index.ts'
import { batchOf, markOf } from './batches.ts'
import { build, type Check, type ContractOptions, type Destination, inTime, NEVER, nothingAfter } from './check.ts'
import { deepFreeze } from './freeze.ts'

/** Each run opens a destination anew. */
const RUNS = 8
const MAX_BATCHES = 6

/** What the queue before an exporter relies on. Needs a destination to look into; without one there is nothing to check. */
export function exporterChecks(definition: Definition, options: ContractOptions): Check[] {
  const { destination } = options
  if (destination === undefined) return []
  const each = (run: (signal: Signal) => Promise<void>) => async () => {
    for (const signal of definition.signals) await run(signal)
  }
  return [
    {
      promise: 'delivers every record, under random faults, and tells passing faults from lasting ones',
      run: each(signal => checkDelivery(definition, destination, signal)),
    },
    {
      promise: 'leaves its input as it was, and takes batches at once and without records',
      run: each(signal => checkInput(definition, destination, signal)),
    },
  ]
}

type Consume = (batch: Batch) => Promise<void>
type Run = (consume: Consume, destination: Destination) => Promise<void>

async function withExporter(
  definition: Definition,
  openDestination: () => Promise<Destination>,
  run: Run,
): Promise<void> {
  const destination = await openDestination()
  try {
    const component = build(definition, destination.settings, nothingAfter, destination.context)
    await inTime(component.start?.(NEVER) ?? Promise.resolve(), 'start')
    await run(batch => inTime(component.consume!(batch, NEVER), 'consume'), destination) // an exporter has one
    await inTime(component.shutdown?.(NEVER) ?? Promise.resolve(), 'shutdown')
  } finally {
    await destination.close()
  }
}

async function checkDelivery(definition: Definition, open: () => Promise<Destination>, signal: Signal): Promise<void> {
  const step = fc.record({
    batch: batchOf(signal),
    faults: fc.array(fc.constantFrom('retryable', 'permanent'), { maxLength: 3 }),
  })
  const steps = fc.uniqueArray(step, { selector: ({ batch }) => batch.id, maxLength: MAX_BATCHES })
  const property = fc.asyncProperty(steps, steps =>
    withExporter(definition, open, async (consume, destination) => {
      const expected: string[] = []
      for (const { batch, faults } of steps) {
        // batchOf makes what the signal says
        const isDelivered = await send(
          batch as Batch,
          destination.answer === undefined ? [] : faults,
          consume,
          destination,
        )
        if (isDelivered) expected.push(...batch.items.map(markOf))
      }
      const arrived = await destination.arrived()
      // Best effort may deliver twice what was answered too late; a durable exporter knows a resend by its id.
      const actual = definition.delivery === 'durable' ? [...arrived] : [...new Set(arrived)]
      assert.deepEqual(actual.sort(), expected.sort())
    }),
  )
  await fc.assert(property, { numRuns: RUNS })
}

/** As the queue does: again after a passing fault, never after a lasting one. Says whether the batch got through. */
async function send(
  batch: Batch,
  faults: readonly string[],
  consume: Consume,
  destination: Destination,
): Promise<boolean> {
  for (const fault of batch.items.length === 0 ? [] : faults) {
    destination.answer?.(fault === 'permanent' ? 'permanent' : 'retryable')
    const isLasting = fault === 'permanent'
    await assert.rejects(consume(batch), (error: unknown) => {
      assert.equal(error instanceof PermanentError, isLasting, `a ${fault} fault was reported as ${String(error)}`)
      return true
    })
    if (isLasting) return false
  }
  destination.answer?.(undefined)
  await consume(batch)
  return true
}

async function checkInput(definition: Definition, open: () => Promise<Destination>, signal: Signal): Promise<void> {
  const several = fc.uniqueArray(batchOf(signal), { selector: batch => batch.id, maxLength: MAX_BATCHES })
  const property = fc.asyncProperty(several, batches =>
    withExporter(definition, open, async consume => {
      const before = structuredClone(batches)
      await Promise.all(batches.map(batch => consume(deepFreeze(batch) as Batch))) // batchOf makes what the signal says
      assert.deepEqual(batches, before)
    }),
  )
  await fc.assert(property, { numRuns: RUNS })
}
