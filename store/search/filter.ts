/** Which problems are asked for; what is not given admits all. */
export interface SearchFilter {
  /** Seen at this time or later. */
  readonly since?: Date | undefined
  /** First seen at this time or earlier. */
  readonly until?: Date | undefined
  /** Seen in one of them. */
  readonly services?: readonly string[] | undefined
  /** `deployment.environment.name`: seen in one of them. */
  readonly environments?: readonly string[] | undefined
  /** `log` or `error`. */
  readonly kind?: string | undefined
  /** Only errors, and log lines of this severity number or a higher one. */
  readonly troubleFrom?: number | undefined
}

/** A condition on `f`, a row of fingerprints, with its values as parameters from number `from` on. */
export function filterSql(filter: SearchFilter, from: number): { readonly sql: string; readonly values: unknown[] } {
  const values: unknown[] = []
  const parameter = (value: unknown) => `$${from - 1 + values.push(value)}`
  const conditions: string[] = []
  if (filter.kind !== undefined) conditions.push(`f.kind = ${parameter(filter.kind)}`)
  if (filter.troubleFrom !== undefined) {
    conditions.push(`(f.kind = 'error' OR f.severity_number >= ${parameter(filter.troubleFrom)})`)
  }
  if (filter.since !== undefined) conditions.push(`f.last_seen >= ${parameter(filter.since)}`)
  if (filter.until !== undefined) conditions.push(`f.first_seen <= ${parameter(filter.until)}`)
  const places: string[] = []
  if (filter.services !== undefined) places.push(`s.service = ANY (${parameter(filter.services)}::text[])`)
  if (filter.environments !== undefined) places.push(`s.environment = ANY (${parameter(filter.environments)}::text[])`)
  if (places.length > 0) {
    if (filter.since !== undefined) places.push(`s.last_seen >= ${parameter(filter.since)}`)
    if (filter.until !== undefined) places.push(`s.first_seen <= ${parameter(filter.until)}`)
    const where = ['s.fingerprint = f.fingerprint', ...places].join(' AND ')
    conditions.push(`EXISTS (SELECT FROM fingerprint_services s WHERE ${where})`)
  }
  return { sql: conditions.length === 0 ? 'true' : conditions.join(' AND '), values }
}

export function isOpen(filter: SearchFilter): boolean {
  return Object.values(filter).every(value => value === undefined)
}
