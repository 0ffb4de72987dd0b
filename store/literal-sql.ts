import pg from 'pg'

/** The statement with its values in it, on one line: to be read and run by people, never by us. */
export function literalSql(text: string, values: readonly unknown[]): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.replaceAll(/\$(\d+)(::[a-z[\]]+)?/g, (whole, number: string, cast?: string) => {
    const index = Number(number) - 1
    return index < values.length ? literal(values[index], cast) : whole
  })
}

function literal(value: unknown, cast = ''): string {
  if (value === null || value === undefined) return `NULL${cast}`
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}${cast}`
  if (value instanceof Date) return `${pg.escapeLiteral(value.toISOString())}${cast}`
  if (Array.isArray(value)) return `ARRAY[${value.map(item => literal(item)).join(', ')}]${cast || '::text[]'}`
  return `${textLiteral(String(value))}${cast}`
}

/** What cannot be seen, and what would begin a mark of ours. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|<(?=\s*\/?\s*telemetry)/giu

/** On one line, and with nothing in it that cannot be seen. */
function textLiteral(text: string): string {
  if (text.search(UNSEEN) < 0) return pg.escapeLiteral(text)
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "''")
  return `E'${escaped.replaceAll(UNSEEN, one => `\\U${one.codePointAt(0)!.toString(16).padStart(8, '0')}`)}'`
}
