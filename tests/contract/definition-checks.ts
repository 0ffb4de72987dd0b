import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Definition } from '../../pipeline/component.ts'
import { SIGNALS } from '../../pipeline/model/index.ts'
import { build, type Check, type ContractOptions, nothingAfter, parse } from './check.ts'

const SNAKE_CASE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/

/** What a definition says about itself, and its configuration. */
export function definitionChecks(definition: Definition, options: ContractOptions): Check[] {
  const { kind, type, summary, signals, delivery, examples } = definition
  return [
    {
      promise: 'is named and described as the reference needs it',
      run: () => {
        assert.match(type, SNAKE_CASE)
        assert.match(summary, /^[A-Z].*\.$/s, 'the summary is a sentence')
        assert.ok(signals.length > 0 && new Set(signals).size === signals.length)
        assert.ok(signals.every(signal => SIGNALS.includes(signal)))
        assert.equal(delivery !== undefined, kind === 'exporter', 'exporters, and only they, declare their delivery')
      },
    },
    {
      promise: 'refuses unknown keys at every level, and describes every key it knows',
      run: () => checkSchema(z.toJSONSchema(definition.config, { io: 'input', unrepresentable: 'any' }), ''),
    },
    {
      promise: 'has examples, and each of them parses and builds',
      run: () => {
        assert.ok(examples.length > 0)
        for (const example of examples) build(definition, example, nothingAfter, options.context)
      },
    },
    {
      promise: 'takes an unknown key beside an example for a fault',
      run: () => {
        for (const example of examples) {
          parse(definition, example)
          const result = definition.config.safeParse({ ...example, no_such_key: 1 })
          assert.ok(result.error?.issues.some(issue => issue.code === 'unrecognized_keys'))
        }
      },
    },
  ]
}

type JsonSchema = z.core.JSONSchema.BaseSchema

/** Objects with named members must be strict; maps with free keys have no `properties`. */
function checkSchema(schema: JsonSchema, path: string): void {
  if (schema.properties !== undefined) {
    assert.equal(schema.additionalProperties, false, `${path || 'the config'} takes unknown keys; use z.strictObject`)
    for (const [key, property] of Object.entries(schema.properties)) {
      assert.match(key, SNAKE_CASE, path)
      assert.ok(typeof property === 'object')
      // A group such as `protocols` is told by its members.
      assert.ok(property.description || property.properties, `${path}.${key} has no .describe()`)
      checkSchema(property, `${path}.${key}`)
    }
  }
  const inner = [schema.items, schema.additionalProperties, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  for (const part of inner.flat()) if (typeof part === 'object') checkSchema(part, `${path}[]`)
}
