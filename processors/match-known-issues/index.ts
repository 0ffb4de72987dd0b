import type pg from 'pg'
import { z } from 'zod'
import { type KnownIssue, matcherOf, type RecordFacts, type Source } from '../../analysis/known-issues/match.ts'
import { hasFix } from '../../analysis/known-issues/versions.ts'
import { define } from '../../pipeline/component.ts'
import { errorText } from '../../pipeline/errors.ts'
import { type Attributes, attributeText, hexOf, type LogRecord, type Span } from '../../pipeline/model/index.ts'
import { withClient } from '../../store/connect.ts'
import { readIssueGroups, readKnownIssues } from '../../store/known-issues/issues.ts'

const SEVERITY_WARN = 13
const ERROR = 2
const EXCEPTION = ['exception.type', 'exception.message', 'exception.stacktrace'] as const
const SOURCES: readonly (readonly [prefix: string, source: Source])[] = [
  ['node.', 'node'],
  ['observer.', 'observer'],
  ['debug.', 'debug'],
  ['ci.', 'ci'],
]

export const matchKnownIssues = define({
  kind: 'processor',
  type: 'match_known_issues',
  summary:
    'Names the known issue (sensorium known-issues) that a warning, an error or a failed span shows: known_issue.name, known_issue.fix_version, and known_issue.is_back where it comes from a version that has the fix.',
  signals: ['traces', 'logs'],
  config: z.strictObject({
    refresh_ms: z.int().min(100).max(3_600_000).default(5_000).describe('How old the list of issues may be.'),
  }),
  examples: [{}],
  create({ refresh_ms: refreshMs }, next, context) {
    let match: Match = () => undefined
    let readAt = Number.NEGATIVE_INFINITY
    let reading: Promise<void> | undefined
    // Records do not wait for it, and go by the list that was known while the database is away.
    const refresh = () => {
      if (reading !== undefined || performance.now() - readAt < refreshMs) return reading
      readAt = performance.now()
      reading = withClient(context.database, 'reader', readMatch)
        .then(read => {
          match = read
        })
        .catch((error: unknown) => context.logger.debug(`known issues could not be read: ${errorText(error)}`))
        .finally(() => {
          reading = undefined
        })
      return reading
    }
    return {
      start: async () => {
        await refresh()
      },
      async consume(batch, signal) {
        void refresh()
        if (batch.signal === 'logs')
          return next({ ...batch, items: batch.items.map(record => logWith(match, record)) }, signal)
        if (batch.signal === 'traces')
          return next({ ...batch, items: batch.items.map(span => spanWith(match, span)) }, signal)
        return next(batch, signal)
      },
      shutdown: async () => {
        await reading
      },
    }
  },
})

/** The group is known from the fingerprint. */
type Match = (facts: Omit<RecordFacts, 'group'>) => KnownIssue | undefined

async function readMatch(client: pg.ClientBase): Promise<Match> {
  const issues = await readKnownIssues(client)
  const groups = await readIssueGroups(client, issues)
  const match = matcherOf(issues)
  return facts => match({ ...facts, group: groups.get(facts.fingerprint ?? '') })
}

function logWith(match: Match, record: LogRecord): LogRecord {
  if (record.severityNumber < SEVERITY_WARN || record.attributes.has('finding.id')) return record
  const { body, attributes, resource, eventName } = record
  const message = typeof body === 'string' ? body : ''
  const source = SOURCES.find(([prefix]) => eventName.startsWith(prefix))?.[1] ?? 'log'
  const text = [message, ...EXCEPTION.map(key => attributeText(attributes, key) ?? '')].join('\n')
  const named = namesOf(match, source, text, resource.attributes, record.fingerprint?.id)
  return named === undefined ? record : { ...record, attributes: new Map([...attributes, ...named]) }
}

function spanWith(match: Match, span: Span): Span {
  if (span.statusCode !== ERROR) return span
  const exceptions = span.events.filter(({ name }) => name === 'exception')
  const said = exceptions.flatMap(event => EXCEPTION.map(key => attributeText(event.attributes, key) ?? ''))
  const text = [span.statusMessage, ...said].join('\n')
  const named = namesOf(match, 'span', text, span.resource.attributes, span.fingerprint?.id)
  return named === undefined ? span : { ...span, attributes: new Map([...span.attributes, ...named]) }
}

function namesOf(
  match: Match,
  source: Source,
  text: string,
  resource: Attributes,
  fingerprint: bigint | undefined,
): (readonly [string, string | boolean])[] | undefined {
  const service = attributeText(resource, 'service.name') ?? ''
  const hex = fingerprint === undefined ? undefined : hexOf(fingerprint)
  const issue = match({ source, service, text, fingerprint: hex })
  if (issue === undefined) return undefined
  const { name, fixVersion } = issue
  const isBack = fixVersion !== undefined && hasFix(attributeText(resource, 'service.version'), fixVersion) === true
  return [
    ['known_issue.name', name],
    ...(fixVersion === undefined ? [] : [['known_issue.fix_version', fixVersion] as const]),
    ...(isBack ? [['known_issue.is_back', true] as const] : []),
  ]
}
