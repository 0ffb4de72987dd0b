import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { isSecret } from '../pipeline/config/secret.ts'
import { components } from './components.ts'

/** What a name must not say of a setting that is shown: the value lets somebody in, or proves something. */
const TELLING = /(?:token|secret|password|passphrase|credential|api_key|headers)s?$/
/** Names alone, of attributes or of headers. */
const HARMLESS = new Set(['redact.credentials', 'otlp.protocols.http.cors.allowed_headers'])

test('every setting of a component whose name tells a secret is one by its schema', () => {
  const [open, hidden]: [string[], string[]] = [[], []]
  for (const { type, config } of components) {
    for (const { path, isHidden } of settingsOf(config, type)) {
      if (!TELLING.test(path) || HARMLESS.has(path)) continue
      if (isHidden) hidden.push(path)
      else open.push(path)
    }
  }
  assert.deepEqual(open, [])
  assert.ok(hidden.includes('otlp.protocols.grpc.auth.bearer_tokens') && hidden.length >= 8, hidden.join())
})

interface Setting {
  readonly path: string
  readonly isHidden: boolean
}

/** The settings that hold values, with what is around them taken off. A list or map of secrets is one, a switch none. */
function settingsOf(schema: z.ZodType, path: string, isHidden = isSecret(schema)): Setting[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, inner]) => settingsOf(inner as z.ZodType, `${path}.${name}`))
  }
  if (schema instanceof z.ZodBoolean) return []
  const inner =
    schema instanceof z.ZodPipe ? [schema.in] : schema instanceof z.ZodUnion ? schema.options : innerOf(schema)
  if (inner.length === 0) return [{ path, isHidden }]
  return inner.flatMap(one => settingsOf(one as z.ZodType, path, isHidden || isSecret(one as z.ZodType)))
}

function innerOf(schema: z.ZodType) {
  if (schema instanceof z.ZodArray) return [schema.element]
  if (schema instanceof z.ZodRecord) return [schema.valueType]
  return 'innerType' in schema.def ? [schema.def.innerType] : []
}
