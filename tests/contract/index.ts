import { test } from 'node:test'
import type { Definition } from '../../pipeline/component.ts'
import type { Check, ContractOptions } from './check.ts'
import { definitionChecks } from './definition-checks.ts'
import { exporterChecks } from './exporter-checks.ts'
import { lifecycleChecks } from './lifecycle-checks.ts'
import { processorChecks } from './processor-checks.ts'

export { MARK } from './batches.ts'
export type { ContractOptions, Destination, Fault } from './check.ts'

/**
 * Puts a component to the tests that every one of its kind must pass; one line in its own test file:
 *
 *     testComponent(filter)
 *     testComponent(slack, { destination: openFakeSlack })
 *
 * What it promises is in `pipeline/component.ts`; each promise is one test here.
 */
export function testComponent(definition: Definition, options: ContractOptions = {}): void {
  for (const { promise, run } of contractChecks(definition, options)) test(`${definition.type} ${promise}`, run)
}

export function contractChecks(definition: Definition, options: ContractOptions = {}): Check[] {
  return [
    ...definitionChecks(definition, options),
    ...lifecycleChecks(definition, options),
    ...(definition.kind === 'processor' ? processorChecks(definition, options) : []),
    ...(definition.kind === 'exporter' ? exporterChecks(definition, options) : []),
  ]
}
