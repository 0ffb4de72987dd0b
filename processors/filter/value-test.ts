import type { AttributeValue } from '../../pipeline/model/index.ts'
import type { ValueTest } from './config.ts'

/** Whether a value, `undefined` where there is none, passes. */
export type Test = (value: AttributeValue | undefined) => boolean

/**
 * Values are compared as text, so that 500 and "500" are the same; a list passes when one of its elements does. Maps
 * and bytes have no text: of them only `exists` can be asked.
 */
export function compileTest(test: ValueTest): Test {
  if (typeof test !== 'object') return anyElement(isOneOf([test]))
  if (Array.isArray(test)) return anyElement(isOneOf(test))
  const parts: Test[] = []
  if (test.equals !== undefined) parts.push(isOneOf([test.equals]))
  if (test.in !== undefined) parts.push(isOneOf(test.in))
  if (test.matches !== undefined) parts.push(matches(new RegExp(test.matches)))
  const { at_least: atLeast, below, exists } = test
  if (atLeast !== undefined) parts.push(value => isNumber(value) && value >= atLeast)
  if (below !== undefined) parts.push(value => isNumber(value) && value < below)
  const holds = anyElement(value => parts.every(part => part(value)))
  if (exists === undefined) return holds
  const hasOthers = parts.length > 0
  return value => (value !== undefined && value !== null) === exists && (!hasOthers || holds(value))
}

function anyElement(test: Test): Test {
  return value => (Array.isArray(value) ? value.some(element => test(element)) : test(value))
}

function isOneOf(wanted: readonly (string | number | boolean)[]): Test {
  const texts = new Set(wanted.map(String))
  return value => {
    const text = textOf(value)
    return text !== undefined && texts.has(text)
  }
}

function matches(pattern: RegExp): Test {
  return value => {
    const text = textOf(value)
    return text !== undefined && pattern.test(text)
  }
}

function textOf(value: AttributeValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'object' || value === undefined ? undefined : String(value)
}

function isNumber(value: AttributeValue | undefined): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
