import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { components } from '../cli/components.ts'
import type { Definition } from '../pipeline/component.ts'
import type { Batch, BatchOf, Signal } from '../pipeline/model/index.ts'
import { testContext } from '../pipeline/testing/context.ts'
import { readRecord } from '../tests/contract/read-records.ts'

/**
 * What processors do, as files: `testcases/<type>/<case>/` holds
 * - `config.yaml`: the processor's settings, as under `processors:` in a configuration;
 * - `input.json`: `{"signal": "logs", "records": […]}`;
 * - `expected.json`: `{"records": […], "dropped": 1}`, `dropped` left out where it is 0.
 *
 * Records are in the JSON form of `exporters/debug/record-json.ts`; what is left out is empty. `"resource"` and
 * `"scope"` beside `"records"` go for all of them. A new case is a new folder, without code.
 */
const FOLDER = path.join(import.meta.dirname, 'testcases')

interface Records {
  readonly signal?: Signal
  readonly resource?: object
  readonly scope?: object
  readonly records: readonly object[]
  readonly dropped?: number
}

for (const type of readdirSync(FOLDER).sort()) {
  const definition = components.find(component => component.kind === 'processor' && component.type === type)
  assert.ok(definition, `testcases/${type} belongs to no processor`)
  for (const name of readdirSync(path.join(FOLDER, type)).sort()) {
    const folder = path.join(FOLDER, type, name)
    const read = (file: string) => readFileSync(path.join(folder, file), 'utf8')
    test(`${type}: ${name.replaceAll('-', ' ')}`, async () => {
      const input: Records = JSON.parse(read('input.json'))
      const expected: Records = JSON.parse(read('expected.json'))
      const batch = batchOf(input, input.signal ?? 'logs')
      const output = await process(definition, parse(read('config.yaml')), batch)
      assert.deepEqual(output.items, batchOf(expected, batch.signal).items)
      assert.equal(output.account.dropped.get(type) ?? 0, expected.dropped ?? 0)
    })
  }
}

async function process(definition: Definition, settings: unknown, batch: Batch): Promise<Batch> {
  const outputs: Batch[] = []
  const next = async (output: Batch) => void outputs.push(output)
  const component = definition.create(definition.config.parse(settings ?? {}), next, testContext(definition.type))
  await component.consume!(batch, new AbortController().signal)
  assert.equal(outputs.length, 1)
  return outputs[0]!
}

function batchOf({ records, resource = {}, scope = {} }: Records, signal: Signal): Batch {
  const items = records.map(record => readRecord(signal, { resource, scope, ...record }))
  const account = { receiver: 'otlp', received: items.length, dropped: new Map(), rejected: [] }
  return { id: 'case', signal, items, bytes: 100, account } as BatchOf<'logs'> // readRecord makes items of the signal
}
