import type { RecordQuery } from '../../analysis/record-query/parse.ts'

const MCP_MINUTES_MAX = 525_600

/** A question as an agent asks it: by words where that says all of it, else as its statement. */
export function toolCall(
  { words, filters, from, to, hasRange }: RecordQuery,
  sql: string | undefined,
): { readonly name: string; readonly arguments: object } {
  const [service, env, ...others] = ['service', 'env'].map(name => filters.find(({ field }) => field === name))
  const known = [service, env].filter(one => one !== undefined)
  const isPlain = (one: (typeof filters)[number]) =>
    !one.negated && one.values.length === 1 && !one.values[0]!.includes('*')
  const isByWords = words.length > 0 && words.every(({ negated }) => !negated) && filters.length === known.length
  if (!isByWords || others.length > 0 || !known.every(isPlain))
    return { name: 'query_sql', arguments: { sql: sql ?? 'SELECT 1 WHERE false' } }
  return {
    name: 'search_events',
    arguments: {
      query: words.map(({ text, isPhrase }) => (isPhrase ? `"${text}"` : text)).join(' '),
      env: env?.values[0] ?? '*',
      ...(service === undefined ? {} : { service: service.values[0] }),
      minutes: Math.min(MCP_MINUTES_MAX, Math.max(1, Math.ceil((+to - +from) / 60_000))),
      ...(hasRange ? { until: to.toISOString() } : {}),
    },
  }
}
