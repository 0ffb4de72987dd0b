import type { RouteName } from './routes.ts'

export type Asked = Readonly<Record<string, string | number | undefined>>

export const DEFAULT_RANGE = '1h'

/** The range and the environment of an address, as every endpoint with `rangeQuery` takes them. */
export function rangeParams(query: URLSearchParams): Readonly<Record<string, string | undefined>> {
  const given = (name: string) => query.get(name) ?? undefined
  const from = given('from')
  const range = from === undefined ? { range: given('range') ?? DEFAULT_RANGE } : { from, to: given('to') }
  return { ...range, env: given('env') }
}

/** Where a question is answered; undefined values are left out. */
export function questionUrl(name: string, params: Asked): string {
  return `/console/api/${name}?${new URLSearchParams(given(params))}`
}

export function given(params: Asked): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )
}

export const HOME_PROBLEMS = 24
export const WHO_I_AM = '/console/api/me'

/**
 * What a page asks first, the longest first: the server names it in the page, and the browser asks it while it loads the
 * application, whose own requests then find the answers on their way. To the letter as the page asks it, or it is asked twice.
 */
export function firstQuestions(route: RouteName, query: URLSearchParams): readonly string[] {
  if (route !== 'home') return []
  const range = rangeParams(query)
  return [
    questionUrl('problems', { ...range, limit: HOME_PROBLEMS }),
    questionUrl('services-now', range),
    questionUrl('home', range),
    questionUrl('changes', range),
    questionUrl('environments', {}),
    WHO_I_AM,
  ]
}
