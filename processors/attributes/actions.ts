import { createHash, createHmac } from 'node:crypto'
import { type Attributes, type AttributeValue, isAttributes } from '../../pipeline/model/index.ts'
import type { Action } from './config.ts'

/** Gives back the very same map where there was nothing to do. */
export type Change = (attributes: Attributes) => Attributes

/** A map that is copied when it is first written to. */
interface Draft {
  get(key: string): AttributeValue | undefined
  set(key: string, value: AttributeValue): void
  delete(key: string): void
  keys(): Iterable<string>
}
type Step = (draft: Draft) => void

export function compileActions(actions: readonly Action[], hashSecret: string | undefined): Change {
  const steps = actions.map(action => compileAction(action, hashSecret))
  return before => {
    let after: Map<string, AttributeValue> | undefined
    const own = () => {
      after ??= new Map(before)
      return after
    }
    const current = () => after ?? before
    const draft: Draft = {
      get: key => current().get(key),
      keys: () => current().keys(),
      set: (key, value) => void own().set(key, value),
      delete: key => void (current().has(key) && own().delete(key)),
    }
    for (const step of steps) step(draft)
    return after ?? before
  }
}

function compileAction(action: Action, hashSecret: string | undefined): Step {
  switch (action.action) {
    case 'insert':
    case 'update':
    case 'upsert':
      return compilePut(action)
    case 'rename': {
      const { key, from_attribute: from } = action
      return draft => {
        const value = draft.get(from)
        if (value === undefined || key === from) return
        draft.delete(from)
        draft.set(key, value)
      }
    }
    case 'delete':
      return compileDelete(action)
    case 'hash':
      return draft => {
        const value = draft.get(action.key)
        if (value !== undefined && value !== null) draft.set(action.key, digest(value, hashSecret))
      }
  }
}

function compilePut(action: Extract<Action, { action: 'insert' | 'update' | 'upsert' }>): Step {
  const { key, from_attribute: from } = action
  const fixed = action.value === undefined ? undefined : attributeValue(action.value)
  return draft => {
    if (action.action !== 'upsert' && (draft.get(key) === undefined) !== (action.action === 'insert')) return
    const value = from === undefined ? fixed : draft.get(from)
    if (value !== undefined && value !== draft.get(key)) draft.set(key, value)
  }
}

function compileDelete(action: Extract<Action, { action: 'delete' }>): Step {
  const { key } = action
  if (key !== undefined) return draft => draft.delete(key)
  const pattern = new RegExp(action.pattern!) // the schema asks for one of the two
  return draft => {
    for (const name of [...draft.keys()]) if (pattern.test(name)) draft.delete(name)
  }
}

type Scalar = string | boolean | number

function attributeValue(value: Scalar | readonly Scalar[]): AttributeValue {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  return typeof value === 'object' ? value.map(attributeValue) : value
}

function digest(value: AttributeValue, secret: string | undefined): string {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  hash.update(value instanceof Uint8Array ? value : asText(value))
  return hash.digest('hex')
}

/** Equal values give equal text: a number as it is written, lists and maps as JSON, maps in the order of their keys. */
function asText(value: AttributeValue): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(asJson(value)) : String(value)
}

function asJson(value: AttributeValue): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (typeof value !== 'object' || value === null) return value
  if (!isAttributes(value)) return value.map(asJson)
  return [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, asJson(inner)])
}
