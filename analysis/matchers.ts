import { z } from 'zod'

/** A condition on a label, in Alertmanager's notation. A label that is absent is the empty text. */
export interface Matcher {
  readonly label: string
  readonly operator: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

const MATCHER = /^\s*([A-Za-z_][\w.-]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"=~\s][^"\s]*)?)\s*$/s

/**
 * `service="shop"`, `severity=~"error|critical"`, `environment!=dev`. A regular expression must match the whole value.
 * @throws Error that says what is wrong
 */
export function parseMatcher(text: string): Matcher {
  const [, label, operator, quoted, plain] = MATCHER.exec(text) ?? []
  if (label === undefined || operator === undefined) {
    throw new Error(
      `${JSON.stringify(text)} is no matcher: write service="shop", severity=~"error|critical", environment!="dev"`,
    )
  }
  const value = quoted?.replaceAll(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c)) ?? plain ?? ''
  const matcher = { label, operator: operator as Matcher['operator'], value } // the pattern lets no other in
  if (operator.endsWith('~')) {
    try {
      expression(value)
    } catch (cause) {
      throw new Error(`${JSON.stringify(text)} holds no regular expression: ${String(cause)}`, { cause })
    }
  }
  return matcher
}

/** Whether all hold. */
export function matchesAll(matchers: readonly Matcher[], labels: Readonly<Record<string, string>>): boolean {
  return matchers.every(matcher => holds(matcher, labels[matcher.label] ?? ''))
}

/** A matcher in a configuration. */
export const matcherSetting = z.string().superRefine((text, context) => {
  try {
    parseMatcher(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
  }
})

const COMPILED_MAX = 1_000
const compiled = new Map<string, RegExp>()

function holds({ operator, value }: Matcher, label: string): boolean {
  switch (operator) {
    case '=':
      return label === value
    case '!=':
      return label !== value
    case '=~':
      return expression(value).test(label)
    case '!~':
      return !expression(value).test(label)
  }
}

function expression(source: string): RegExp {
  let found = compiled.get(source)
  if (found === undefined) {
    if (compiled.size >= COMPILED_MAX) compiled.clear()
    found = new RegExp(`^(?:${source})$`, 's')
    compiled.set(source, found)
  }
  return found
}
