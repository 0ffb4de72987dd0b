/** What is chosen of a variable: one, several of one that takes several, or `$__all`. */
export type Chosen = string | readonly string[]

/** What stands for the browser and Grafana's backend: a dashboard's time, and the value of each variable. */
export interface View {
  readonly from: Date
  readonly to: Date
  readonly intervalS: number
  /** name → value, already what Grafana holds as the current one; `$__all` is All. */
  readonly variables: Readonly<Record<string, Chosen>>
  /** name → the custom value for All. */
  readonly allValues: Readonly<Record<string, string>>
  /** As the datasource is set up. */
  readonly timescaledb: boolean
}

/**
 * A query as Grafana's Postgres datasource sends it: the browser puts in variables, the backend intervals and then
 * macros. Throws where Grafana would answer with an error: unknown macros, variables and formats.
 */
export function expand(sql: string, view: View): string {
  return macros(intervals(variables(sql, view), view), view)
}

/** `${name:sqlstring}`, the one format that the dashboards use: several are quoted each, with commas between. A custom value for All is put in as it is. */
function variables(sql: string, { variables, allValues }: View): string {
  const out = sql.replace(/\$\{(\w+)(?::(\w+))?\}/g, (_, name: string, format?: string) => {
    const value = variables[name]
    if (value === undefined) throw new Error(`the dashboard has no variable ${name}`)
    if (format !== 'sqlstring') throw new Error(`\${${name}:${format}}: only sqlstring is safe for any value`)
    if (value === '$__all') return allValues[name] ?? `''`
    return typeof value === 'string' ? quoted(value) : value.map(quoted).join(',')
  })
  const bare = Object.keys(variables).find(name => new RegExp(`\\$${name}\\b|\\[\\[${name}`).test(out))
  if (bare !== undefined) throw new Error(`$${bare} is put in without quotes`)
  return out
}

const quoted = (value: string) => `'${value.replaceAll(`'`, `''`)}'`

function intervals(sql: string, { intervalS }: View): string {
  return sql.replaceAll('$__interval_ms', String(intervalS * 1_000)).replaceAll('$__interval', `${intervalS}s`)
}

/** The backend's arguments end at the first closing bracket, whatever was opened before. */
const MACRO = /\$(__[_a-zA-Z0-9]+)\(([^)]*)\)/g

function macros(sql: string, { from, to, timescaledb }: View): string {
  const time = (at: Date) => `'${at.toISOString()}'`
  const group = (column: string, interval: string) => {
    const seconds = secondsOf(interval.replaceAll(`'`, ''))
    return timescaledb
      ? `time_bucket('${seconds.toFixed(3)}s',${column})`
      : `floor(extract(epoch from ${column})/${seconds})*${seconds}`
  }
  const out = sql.replace(MACRO, (_, name: string, text: string) => {
    const args = text.split(',').map(arg => arg.trim())
    const [first = '', second = ''] = args
    switch (name) {
      case '__timeFilter':
        return `${first} BETWEEN ${time(from)} AND ${time(to)}`
      case '__timeFrom':
        return time(from)
      case '__timeTo':
        return time(to)
      case '__timeGroup':
        return group(first, second)
      case '__timeGroupAlias':
        return `${group(first, second)} AS "time"`
      default:
        throw new Error(`unknown macro $${name}`)
    }
  })
  const left = /\$_?_?[a-zA-Z{]\w*/.exec(out)
  if (left !== null) throw new Error(`${left[0]} is left as it is`)
  return out
}

function secondsOf(interval: string): number {
  const found = /^(\d+)(s|m|h|d)$/.exec(interval)
  if (found === null) throw new Error(`no interval: ${interval}`)
  return Number(found[1]) * { s: 1, m: 60, h: 3_600, d: 86_400 }[found[2] as 's' | 'm' | 'h' | 'd']
}
