import { z } from 'zod'
import type { CauseKind } from '../../analysis/causes/index.ts'
import { explainWindow } from '../../store/explain-window.ts'
import { endpoint, rangeQuery, scopeOf } from '../server/endpoint.ts'
import { type Change, changeOf } from './changes.ts'

export interface HypothesisShown {
  /** The same for the same claim: feedback is about it. */
  readonly key: string
  readonly kind: CauseKind
  readonly name: string
  /** What it calls, where the trouble lies there. */
  readonly dependency: string | undefined
  readonly instance: string | undefined
  readonly operation: string | undefined
  readonly change: Change | undefined
  readonly since: string
  readonly confidence: number
  readonly because: readonly string[]
  readonly against: readonly string[]
  readonly confirm: string
  readonly path: readonly { readonly service: string; readonly operation: string; readonly trace_id: string }[]
}

export interface HypothesesAnswer {
  readonly from: string
  readonly to: string
  readonly hypotheses: readonly HypothesisShown[]
  /** What could not be known. */
  readonly notes: readonly string[]
}

/** A window is read in whole, so it is a few minutes of the range. */
const WINDOW_MAX_MS = 10 * 60_000
const USUAL_MS = 15 * 60_000

export const hypotheses = endpoint({
  name: 'hypotheses',
  query: z.strictObject({ ...rangeQuery, service: z.string().max(255).optional() }),
  async answer(reading, query): Promise<HypothesesAnswer> {
    const { from, to: until, env, visible } = scopeOf(reading, query)
    const to = new Date(Math.min(+until, +from + WINDOW_MAX_MS))
    const usualFrom = new Date(+from - USUAL_MS)
    const found = await explainWindow(reading.read, {
      from,
      to,
      usualFrom,
      usualTo: from,
      env,
      visible,
      through: query.service,
    })
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      notes: found.notes,
      hypotheses: found.hypotheses.map(one => ({
        key: [one.kind, one.name, one.operation ?? '', one.change?.release ?? ''].join('/'),
        kind: one.kind,
        name: one.name,
        dependency: one.dependency,
        instance: one.instance,
        operation: one.operation,
        change: one.change === undefined ? undefined : changeOf(one.change),
        since: new Date(one.since).toISOString(),
        confidence: one.confidence,
        because: one.because,
        against: one.against,
        confirm: one.confirm,
        path: one.path.map(({ service, operation, traceId }) => ({ service, operation, trace_id: traceId })),
      })),
    }
  },
})
