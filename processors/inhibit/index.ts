import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Matcher, matcherSetting, matchesAll, parseMatcher } from '../../analysis/matchers.ts'
import { define } from '../../pipeline/component.ts'
import { errorText, UnavailableError } from '../../pipeline/errors.ts'
import { type Finding, type LogRecord, labelsOf, readFinding } from '../../pipeline/model/index.ts'
import { withClient } from '../../store/connect.ts'
import { writeSources } from '../../store/notifications/inhibit.ts'

const RETRY_AFTER_MS = 1_000

const inhibitRule = z.strictObject({
  source_matchers: z.array(matcherSetting).min(1).describe('Findings that hold others back while they fire.'),
  target_matchers: z.array(matcherSetting).min(1).describe('Findings that are held back.'),
  equal: z
    .array(z.string().min(1))
    .default([])
    .describe('Labels that both must have in common; one that both lack is equal.'),
})

export const inhibit = define({
  kind: 'processor',
  type: 'inhibit',
  summary:
    'Holds findings back while another one explains them. To be put before route, so that it sees the sources; what fires is kept in the store, for all replicas and restarts.',
  signals: ['logs'],
  config: z.strictObject({
    inhibit_rules: z.array(inhibitRule).min(1).describe('As Alertmanager has them.'),
  }),
  examples: [
    {
      inhibit_rules: [
        {
          source_matchers: ['kind="incident"'],
          target_matchers: ['kind=~"anomaly|slo|problem"'],
          equal: ['service', 'environment'],
        },
      ],
    },
  ],
  create({ inhibit_rules }, next, context) {
    const rules = inhibit_rules.map(compileRule)
    return {
      async consume(batch, signal) {
        if (batch.signal !== 'logs') return next(batch, signal)
        const sources: { source: string; finding: Finding }[] = []
        const items = batch.items.map((record, i) => {
          const labels = labelsOf(record)
          const names = rules.map(rule => rule(labels))
          const own = names.flatMap(({ sources }) => sources)
          if (own.length > 0) {
            const finding = readFinding(record, `${batch.id}/${i}`)
            sources.push(...own.map(source => ({ source, finding })))
          }
          return withInhibition(
            record,
            names.flatMap(({ inhibitedBy }) => inhibitedBy),
          )
        })
        if (sources.length > 0) {
          try {
            await withClient(context.database, 'writer', client => writeSources(client, sources))
          } catch (error) {
            const message = `what holds findings back could not be stored: ${errorText(error)}`
            throw new UnavailableError(message, RETRY_AFTER_MS, { cause: error })
          }
        }
        return next({ ...batch, items }, signal)
      },
    }
  },
})

function withInhibition(record: LogRecord, inhibitedBy: readonly string[]): LogRecord {
  if (inhibitedBy.length === 0) return record
  const all = [...(record.routing?.inhibited_by ?? []), ...inhibitedBy]
  return { ...record, routing: { ...record.routing, inhibited_by: all } }
}

interface Names {
  /** As which sources a finding counts. */
  readonly sources: readonly string[]
  /** Which sources hold it back. */
  readonly inhibitedBy: readonly string[]
}

/**
 * Two findings that both could hold back the other would leave nobody to tell: one that is on both sides of a rule is
 * held back only by those on its source side alone, as in Alertmanager.
 */
function compileRule(rule: z.output<typeof inhibitRule>) {
  const sourceMatchers: Matcher[] = rule.source_matchers.map(parseMatcher)
  const targetMatchers: Matcher[] = rule.target_matchers.map(parseMatcher)
  return (labels: Readonly<Record<string, string>>): Names => {
    const isSource = matchesAll(sourceMatchers, labels)
    const isTarget = matchesAll(targetMatchers, labels)
    if (!isSource && !isTarget) return { sources: [], inhibitedBy: [] }
    const equal = rule.equal.map(name => labels[name] ?? '')
    const any = createHash('sha256')
      .update(JSON.stringify([rule, equal]))
      .digest('hex')
      .slice(0, 24)
    const only = `${any}!`
    return {
      sources: isSource ? (isTarget ? [any] : [any, only]) : [],
      inhibitedBy: isTarget ? [isSource ? only : any] : [],
    }
  }
}
