import type { z } from 'zod'
import type { Component, Consume, Context, Definition } from '../../pipeline/component.ts'
import { testContext } from '../../pipeline/testing/context.ts'

/** One promise of the component contract, and how it is put to the test: `run` throws where it is broken. */
export interface Check {
  readonly promise: string
  run(): Promise<void> | void
}

export interface ContractOptions {
  /** Settings to run with instead of the definition's examples, such as free ports. They go through the schema. */
  readonly settings?: readonly object[]
  /** What the component needs besides `testContext`, such as a database. */
  readonly context?: Partial<Context>
  /** Exporters: where they deliver to, so that the kit can see what arrives. */
  readonly destination?: () => Promise<Destination>
}

/** What an exporter writes to, in the hands of its test. Opened for each run of a check, and closed after it. */
export interface Destination {
  readonly settings: object
  readonly context?: Partial<Context>
  /**
   * What deliveries meet from now on. Absent where nothing can fail, as in a log. `retryable`: the like of a 503 or a
   * lost connection; `permanent`: the like of a 400, which no repetition helps.
   */
  answer?(fault: Fault | undefined): void
  /** The marks (`markOf`) of the records that arrived, in any order. */
  arrived(): Promise<readonly string[]>
  close(): Promise<void>
}
export type Fault = 'retryable' | 'permanent'

export const NEVER: AbortSignal = new AbortController().signal

/** A step of a component that takes longer hangs. Components under test have nothing to wait for. */
export const STEP_LIMIT_MS = 3_000

export function build(
  definition: Definition,
  settings: object,
  next: Consume,
  context: Partial<Context> = {},
): Component {
  return definition.create(parse(definition, settings), next, testContext(definition.type, context))
}

export function parse(definition: Definition, settings: object): z.output<Definition['config']> {
  return definition.config.parse(settings)
}

export function settingsOf(definition: Definition, options: ContractOptions): readonly object[] {
  return options.settings ?? definition.examples
}

/** `promise`, or an error that says `what` did not come in time. */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} took more than ${STEP_LIMIT_MS} ms`)), STEP_LIMIT_MS)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Exporters and receivers must not be given one; this one says so. */
export const nothingAfter: Consume = async () => {
  throw new Error('an exporter called next')
}
