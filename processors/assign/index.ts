import { z } from 'zod'
import { matcherSetting, matchesAll, parseMatcher } from '../../analysis/matchers.ts'
import { define } from '../../pipeline/component.ts'
import { FINDING_SEVERITIES, labelsOf } from '../../pipeline/model/index.ts'

const rule = z
  .strictObject({
    matchers: z.array(matcherSetting).min(1).describe('All must hold; as in the processor route.'),
    owner: z.string().min(1).optional().describe('Who is to look after it: a team, a person.'),
    severity: z.enum(FINDING_SEVERITIES).optional().describe('How bad it is for you.'),
  })
  .refine(rule => rule.owner !== undefined || rule.severity !== undefined, {
    message: 'says nothing: give owner or severity',
  })

export const assign = define({
  kind: 'processor',
  type: 'assign',
  summary: 'Gives findings their owner, and another severity where you know better.',
  signals: ['logs'],
  config: z.strictObject({
    rules: z
      .array(rule)
      .min(1)
      .describe('Of those that match, the first that names an owner, and the first that names a severity.'),
  }),
  examples: [
    {
      rules: [
        { matchers: ['service=~"shop|cart|checkout"'], owner: 'shop-team' },
        { matchers: ['environment!="prod"'], severity: 'info' },
      ],
    },
  ],
  create({ rules }, next) {
    const parsed = rules.map(rule => ({ ...rule, matchers: rule.matchers.map(parseMatcher) }))
    return {
      async consume(batch, signal) {
        if (batch.signal !== 'logs') return next(batch, signal)
        const items = batch.items.map(record => {
          const labels = labelsOf(record)
          const matching = parsed.filter(({ matchers }) => matchesAll(matchers, labels))
          const owner = matching.find(rule => rule.owner !== undefined)?.owner
          const severity = matching.find(rule => rule.severity !== undefined)?.severity
          if (owner === undefined && severity === undefined) return record
          const attributes = new Map(record.attributes)
          if (owner !== undefined) attributes.set('finding.owner', owner)
          if (severity !== undefined) attributes.set('finding.severity', severity)
          return { ...record, attributes }
        })
        return next({ ...batch, items }, signal)
      },
    }
  },
})
