import assert from 'node:assert/strict'
import type { Component, Definition } from '../../pipeline/component.ts'
import {
  build,
  type Check,
  type ContractOptions,
  inTime,
  NEVER,
  nothingAfter,
  STEP_LIMIT_MS,
  settingsOf,
} from './check.ts'

/** What the host relies on when it starts and stops a component of any kind. */
export function lifecycleChecks(definition: Definition, options: ContractOptions): Check[] {
  const each = (run: (component: Component) => Promise<void>) => async () => {
    for (const settings of settingsOf(definition, options)) {
      const before = activeResources()
      await run(build(definition, settings, nothingAfter, options.context))
      await until(
        () => left(before).length === 0,
        () => `left behind: ${left(before).join(', ')}`,
      )
    }
  }
  return [
    { promise: 'does no I/O when it is created', run: each(async () => {}) },
    {
      promise: 'can be shut down without having been started',
      run: each(async component => {
        await inTime(component.shutdown?.(AbortSignal.timeout(STEP_LIMIT_MS)) ?? Promise.resolve(), 'shutdown')
      }),
    },
    {
      promise: 'starts, stops in time and leaves nothing running',
      run: each(async component => {
        await inTime(component.start?.(NEVER) ?? Promise.resolve(), 'start')
        await inTime(component.shutdown?.(AbortSignal.timeout(STEP_LIMIT_MS)) ?? Promise.resolve(), 'shutdown')
      }),
    },
    {
      promise: 'takes part in a pipeline only as its kind does',
      run: each(async component => {
        assert.equal(component.consume !== undefined, definition.kind !== 'receiver')
      }),
    },
  ]
}

/** What keeps the process alive: timers, sockets, servers, files under way. Our own waiting is left out. */
function activeResources(): string[] {
  return process.getActiveResourcesInfo().filter(resource => resource !== 'Immediate')
}

function left(before: readonly string[]): string[] {
  const rest = activeResources()
  for (const resource of before) {
    const index = rest.indexOf(resource)
    if (index >= 0) rest.splice(index, 1)
  }
  return rest
}

/** Sockets close a turn or two after they were told to. */
async function until(holds: () => boolean, otherwise: () => string): Promise<void> {
  const deadline = performance.now() + STEP_LIMIT_MS
  while (!holds()) {
    if (performance.now() > deadline) assert.fail(otherwise())
    await new Promise(resolve => setImmediate(resolve))
  }
}
