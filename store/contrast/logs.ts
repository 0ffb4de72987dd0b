import { type Attributes, type AttributeValue, contrast, unitsOf } from '../../analysis/contrast/index.ts'
import { isOutcome } from '../../analysis/contrast/outcomes.ts'
import { listOf, type Read, type Scope, textOrNone, timeOf } from '../reading.ts'
import { FIRST_MAX, FIRST_MIN, SECOND_MAX, SECOND_MIN, type SetContrast } from './sets.ts'

/** A log line with what is known of it, standing for its request where it names one. */
interface Line {
  readonly at: number
  readonly service: string
  readonly unit: string | undefined
  readonly attributes: Attributes
}

/**
 * What requests share whose failure only logs tell of, against requests of the same service without it; lines that name
 * no request stand for themselves. What only lines of failures say tells that they are such, and is left out.
 */
export async function contrastLogs(
  read: Read,
  scope: Scope,
  fingerprint: string,
  since: Date,
): Promise<SetContrast | undefined> {
  const { from, to, env, visible } = scope
  const failing = linesOf(
    await read('SELECT * FROM failing_logs($1, $2, $3, $4, $5, $6)', [fingerprint, env, from, to, visible, FIRST_MAX]),
  )
  const service = mostFrequent(failing.map(line => line.service))
  if (service === undefined || failing.length < FIRST_MIN) return undefined
  const first = failing.filter(line => line.service === service)
  const units = new Set(first.map(line => line.unit))
  const good = async (after: number, until: number): Promise<Line[]> => {
    if (until <= after) return []
    const values = [service, env, new Date(after), new Date(until), SECOND_MAX]
    const lines = linesOf(await read('SELECT * FROM sample_logs($1, $2, $3, $4, $5)', values))
    return onePerUnit(lines).filter(line => line.unit === undefined || !units.has(line.unit))
  }
  const times = first.map(line => line.at)
  const [firstAt, lastAt] = [Math.min(...times), Math.max(...times)]
  const during = await good(firstAt - 1_000, lastAt + 1_000)
  const before = during.length >= SECOND_MIN ? [] : await good(+since, firstAt - 1)
  const second = [...during, ...before]
  const all = [...first, ...second]
  const said = await readSaid(read, scope, service, all)
  const usual = new Set(second.flatMap(line => Object.keys(line.attributes)))
  const whole = (line: Line): Attributes => merged([line.attributes, ...(said.get(line.unit ?? '') ?? [])], usual)
  const found = contrast(unitsOf(first.map(whole), second.map(whole)))
  const what = units.has(undefined) ? 'log lines' : 'requests'
  return {
    ...found,
    service,
    operation: undefined,
    firstIs: `${what} with this failure`,
    traceId: first.flatMap(({ unit }) => /^trace (.+)$/.exec(unit ?? '')?.[1] ?? [])[0],
    secondIs: `${what} of the same service without it, at the same time${before.length === 0 ? '' : ' and before'}`,
  }
}

/** What other lines of the same requests say. */
async function readSaid(
  read: Read,
  { from, to }: Scope,
  service: string,
  lines: readonly Line[],
): Promise<ReadonlyMap<string, readonly Attributes[]>> {
  const units = lines.flatMap(({ unit }) => unit ?? [])
  if (units.length === 0) return new Map()
  const rows = await read('SELECT * FROM lines_of_units($1, $2, $3, $4)', [units, service, from, to])
  return new Map(rows.map(row => [String(row.unit), listOf(row.attributes).map(attributesOf)]))
}

function linesOf(rows: readonly Readonly<Record<string, unknown>>[]): Line[] {
  return rows.map(row => ({
    at: timeOf(row.timestamp),
    service: String(row.service),
    unit: textOrNone(row.unit),
    attributes: attributesOf(row.attributes),
  }))
}

function attributesOf(value: unknown): Attributes {
  if (typeof value !== 'object' || value === null) return {}
  const plain = Object.entries(value).filter(([, one]) => ['string', 'number', 'boolean'].includes(typeof one))
  return Object.fromEntries(plain) as Attributes // what is left after the filter
}

function merged(all: readonly Attributes[], keys: ReadonlySet<string>): Attributes {
  const values = new Map<string, Set<AttributeValue>>()
  for (const attributes of all) {
    for (const [key, value] of Object.entries(attributes)) {
      if (!keys.has(key) || isOutcome(key)) continue
      const known = values.get(key) ?? new Set()
      for (const one of Array.isArray(value) ? value : [value]) known.add(one)
      values.set(key, known)
    }
  }
  return Object.fromEntries([...values].map(([key, known]) => [key, [...known]]))
}

function onePerUnit(lines: readonly Line[]): Line[] {
  return [...new Map(lines.map((line, i) => [line.unit ?? `line ${i}`, line])).values()]
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = Map.groupBy(names, name => name)
  return [...counts].sort(([a, of], [b, than]) => than.length - of.length || (a < b ? -1 : 1))[0]?.[0]
}
