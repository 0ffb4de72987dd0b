import { define } from '../../pipeline/component.ts'
import { type Item, keepItems, SIGNALS } from '../../pipeline/model/index.ts'
import { compileCondition } from './condition.ts'
import { filterConfig } from './config.ts'

export const filter = define({
  kind: 'processor',
  type: 'filter',
  summary: 'Drops records by conditions on what they are and where they come from, and counts them.',
  signals: SIGNALS,
  config: filterConfig,
  examples: [
    {
      drop: [
        { severity_below: 'info' },
        { attributes: { 'http.route': ['/healthz', '/readyz'], 'http.response.status_code': { below: 400 } } },
        { service: 'load-generator' },
        { signal: 'metrics', name: { matches: '^go_gc_' } },
      ],
    },
    { keep_only: [{ resource: { 'deployment.environment.name': 'production' } }] },
    { drop: [{ span_kind: 'internal', duration_below_ms: 1, not: { span_status: 'error' } }] },
  ],
  create(config, next, context) {
    const wanted = config.keep_only?.map(compileCondition)
    const unwanted = config.drop?.map(compileCondition) ?? []
    const isKept = (item: Item) =>
      (wanted === undefined || wanted.some(isMet => isMet(item))) && !unwanted.some(isMet => isMet(item))
    return {
      async consume(batch, signal) {
        const items = (batch.items as readonly Item[]).filter(isKept)
        // Some of the batch's own items, hence of their type.
        return next(keepItems(batch, items as typeof batch.items, context.id), signal)
      },
    }
  },
})
