import { RE2JS } from 're2js'

export const MATCH_KINDS = ['regex', 'keywords', 'fingerprint', 'group'] as const
export type MatchKind = (typeof MATCH_KINDS)[number]
export const FIX_TYPES = ['update', 'config_change', 'manual', 'self_healing'] as const
export type FixType = (typeof FIX_TYPES)[number]
export const SOURCES = ['log', 'span', 'node', 'observer', 'debug', 'ci'] as const
export type Source = (typeof SOURCES)[number]

/** A problem that is known, and what mends it. */
export interface KnownIssue {
  readonly id: string
  readonly name: string
  readonly pattern: string
  readonly matchKind: MatchKind
  /** Undefined is all. */
  readonly sources: readonly string[] | undefined
  readonly services: readonly string[] | undefined
  readonly description: string | undefined
  readonly fixType: FixType | undefined
  readonly fixVersion: string | undefined
  readonly fixCommit: string | undefined
  readonly fixInstructions: unknown
  readonly autoResolve: boolean
}

/** What a record says of itself. */
export interface RecordFacts {
  readonly source: Source
  readonly service: string
  /** Message, error and stack. */
  readonly text: string
  /** 16 hex digits. */
  readonly fingerprint: string | undefined
  readonly group: string | undefined
}

export type Matcher = (facts: RecordFacts) => KnownIssue | undefined

/** Of longer texts the beginning is read: where a message and the first frames of a stack are. */
export const TEXT_CHARS_MAX = 16_384
export const PATTERN_CHARS_MAX = 1_000

/** What is wrong with a pattern, in words; undefined where nothing is. */
export function patternFault(pattern: string, kind: MatchKind): string | undefined {
  if (pattern.trim() === '' || pattern.length > PATTERN_CHARS_MAX) return `write 1 to ${PATTERN_CHARS_MAX} characters`
  if (kind === 'fingerprint' || kind === 'group') {
    return /^[0-9a-f]{16}$/.test(pattern) ? undefined : `a ${kind} is 16 hex digits`
  }
  if (kind === 'keywords') return undefined
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `no RE2 expression (${why}): lookarounds and references to groups are left out, so that none runs for ever`
  }
}

/**
 * The first of the issues that a record shows, in their order. Expressions are RE2's, which take time linear in the text
 * whatever they say. An issue whose pattern has a fault matches nothing.
 */
export function matcherOf(issues: readonly KnownIssue[]): Matcher {
  const tests = issues.flatMap(issue => {
    const test = testOf(issue)
    return test === undefined ? [] : [{ issue, test }]
  })
  return facts => {
    const bounded =
      facts.text.length <= TEXT_CHARS_MAX ? facts : { ...facts, text: facts.text.slice(0, TEXT_CHARS_MAX) }
    return tests.find(({ issue, test }) => isAbout(issue, facts) && test(bounded))?.issue
  }
}

function isAbout({ sources, services }: KnownIssue, { source, service }: RecordFacts): boolean {
  return (sources?.includes(source) ?? true) && (services?.includes(service) ?? true)
}

function testOf({ pattern, matchKind }: KnownIssue): ((facts: RecordFacts) => boolean) | undefined {
  if (patternFault(pattern, matchKind) !== undefined) return undefined
  switch (matchKind) {
    case 'fingerprint':
      return ({ fingerprint }) => fingerprint === pattern
    case 'group':
      return ({ group }) => group === pattern
    case 'keywords': {
      const words = pattern.toLowerCase().split(/\s+/).filter(Boolean)
      return ({ text }) => {
        const lower = text.toLowerCase()
        return words.every(word => lower.includes(word))
      }
    }
    case 'regex': {
      const expression = RE2JS.compile(pattern, RE2JS.DOTALL)
      return ({ text }) => expression.matcher(text).find()
    }
  }
}
