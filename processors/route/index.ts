import { z } from 'zod'
import { matcherSetting, matchesAll, parseMatcher } from '../../analysis/matchers.ts'
import { define } from '../../pipeline/component.ts'
import { keepItems, labelsOf } from '../../pipeline/model/index.ts'

export const route = define({
  kind: 'processor',
  type: 'route',
  summary: 'Keeps the findings whose labels match, so that a pipeline tells of these alone.',
  signals: ['logs'],
  config: z.strictObject({
    matchers: z
      .array(matcherSetting)
      .min(1)
      .describe(
        'All must hold, in Alertmanager’s notation: severity=~"error|critical", owner="shop-team", environment!="dev". Labels: kind, severity, owner, service, environment, operation, release, fingerprint, incident, event, and every attribute by its name.',
      ),
  }),
  examples: [{ matchers: ['severity=~"error|critical"'] }, { matchers: ['owner="shop-team"', 'environment!=dev'] }],
  create({ matchers }, next, context) {
    const parsed = matchers.map(parseMatcher)
    return {
      async consume(batch, signal) {
        if (batch.signal !== 'logs') return next(batch, signal)
        const items = batch.items.filter(record => matchesAll(parsed, labelsOf(record)))
        return next(keepItems(batch, items, context.id), signal)
      },
    }
  },
})
