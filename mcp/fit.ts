import type { Answer, Found, Json, Row } from './answer.ts'
import { textOf, tokensOf } from './answer-text.ts'

/** Texts of telemetry get shorter in these steps before rows are left out. */
const TEXT_STEPS = [2_000, 600, 240] as const
const TEXT_MIN_CHARS = 80
/** Statements are for people who look later, and agents pay for them: they get this much at most. */
const SQL_SHARE = 0.25

/**
 * Makes the answer fit: long texts are shortened first, then rows go, from the least important section on and there the
 * least important rows, until one row of each section is left; then the share of the statements, the calls that go on,
 * and whole sections. Statements are shown as a whole or not at all.
 */
export function fit(found: Found, sql: readonly string[], maxTokens: number): Answer {
  const sqlTokens = sql.reduce((sum, statement) => sum + tokensOf(`\nSQL: ${statement}`), 0)
  const sqlShare = Math.floor(maxTokens * SQL_SHARE)
  let budget = maxTokens - Math.min(sqlTokens, sqlShare)
  const draft: Draft = { found, kept: found.sections.map(section => section.rows), sql: [], sqlTotal: sql.length }
  const fits = (next: Draft) => tokensOf(textOf(assemble(next))) <= budget
  for (const chars of TEXT_STEPS) {
    draft.kept = draft.kept.map(rows => rows.map(row => withText(row, chars)))
    if (fits(draft)) break
  }
  const cutTo = (minimum: number) => {
    for (let i = draft.kept.length - 1; i >= 0 && !fits(draft); i--) cutRows(draft, i, minimum, fits)
  }
  cutTo(1)
  if (!fits(draft)) {
    draft.kept = draft.kept.map(rows => rows.map(row => withText(row, TEXT_MIN_CHARS)))
    budget = maxTokens
    if (!fits(draft)) draft.found = { ...draft.found, next: [] }
    cutTo(0)
  }
  budget = Math.min(maxTokens, tokensOf(textOf(assemble(draft))) + sqlShare)
  for (const statement of sql) {
    const longer = { ...draft, sql: [...draft.sql, statement] }
    if (fits(longer)) draft.sql = longer.sql
  }
  return assemble(draft)
}

interface Draft {
  found: Found
  /** The rows of each section that are still there. */
  kept: (readonly Row[])[]
  sql: readonly string[]
  readonly sqlTotal: number
}

/** Leaves as many rows of a section as fit, at least `minimum`: the most important ones, in their order. */
function cutRows(draft: Draft, index: number, minimum: number, fits: (draft: Draft) => boolean): void {
  const rows = draft.kept[index]!
  const ranks = draft.found.sections[index]!.ranks ?? rows.map((_, i) => i)
  const byImportance = rows.map((_, i) => i).sort((a, b) => ranks[a]! - ranks[b]!)
  const first = (count: number) => {
    const chosen = new Set(byImportance.slice(0, count))
    return rows.filter((_, i) => chosen.has(i))
  }
  const withRows = (count: number) => ({ ...draft, kept: draft.kept.with(index, first(count)) })
  let most = Math.min(minimum, rows.length)
  for (let step = rows.length - most; step > 0; step = Math.floor(step / 2)) {
    while (most + step <= rows.length && fits(withRows(most + step))) most += step
  }
  draft.kept[index] = first(most)
}

function assemble({ found, kept, sql, sqlTotal }: Draft): Answer {
  const { from, to, empty, sections } = found
  const next = (found.next ?? []).filter(isPlainCall)
  const cut = sections.flatMap(({ name, rows, total, hasMore = false, more = 'narrow the question' }, i) => {
    const shown = kept[i]!.length
    const all = Math.max(total ?? 0, rows.length)
    const count = hasMore ? `more than ${rows.length}` : String(all)
    const remedies = [
      ...(shown < rows.length ? ['raise max_tokens'] : []),
      ...(hasMore || all > rows.length ? [more] : []),
    ]
    return remedies.length === 0 ? [] : [`${name}: ${shown} of ${count} shown; ${remedies.join('; ')}`]
  })
  if (sql.length < sqlTotal) cut.push(`sql: ${sql.length} of ${sqlTotal} statements shown; raise max_tokens`)
  return {
    summary: empty === undefined ? found.summary : `${found.summary} ${empty}`,
    range: from === undefined || to === undefined ? null : { from: from.toISOString(), to: to.toISOString() },
    data: Object.fromEntries(sections.map(({ name }, i) => [name, kept[i]!])),
    cut,
    next,
    sql,
  }
}

/** An id that an agent gives us may be a sender's words: only calls with plain ids are suggested. */
function isPlainCall(call: string): boolean {
  return /^[a-z_]+ \{(?:"[a-z_]+":(?:"[\w.:@/*+-]{1,128}"|\d+),?)*\}$/.test(call)
}

function withText(row: Row, chars: number): Row {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shortened(value, chars)]))
}

function shortened(value: Json, chars: number): Json {
  if (typeof value === 'string') return value.length <= chars ? value : `${value.slice(0, chars)}…`
  if (Array.isArray(value)) return value.map((item: Json) => shortened(item, chars))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner, chars)]))
}
