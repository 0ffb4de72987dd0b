import type { Answer, Found, Json, Row, Section } from './answer.ts'
import { rowLine, textOf, tokensOf } from './answer-text.ts'

/** Texts of telemetry get shorter in these steps before rows are left out. */
const TEXT_STEPS = [Number.POSITIVE_INFINITY, 2_000, 600, 240] as const
/** So short they get where a row of each section is too much, and where one row is. */
const TEXT_MIN_CHARS = 80
const TEXT_LAST_CHARS = 40
/** Statements are for people who look later, and agents pay for them: they get this much at most, and no more than the data has. */
const SQL_SHARE = 0.15
/** What statements may have however little they found. */
const SQL_FREE_TOKENS = 150

/**
 * Makes the answer fit: long texts are shortened first, then rows go, from the least important section on and there the
 * least important rows, until one row of each section is left; then the calls that go on but the first, and whole
 * sections but the first one's best row. Statements are shown as a whole or not at all.
 */
export function fit(found: Found, sql: readonly string[], maxTokens: number): Answer {
  const sqlTokens = sql.reduce((sum, statement) => sum + tokensOf(sqlLine(statement)), 0)
  const sqlShare = Math.floor(maxTokens * SQL_SHARE)
  const sections = found.sections.map(section => measured(section))
  const draft: Draft = {
    found: { ...found, next: (found.next ?? []).filter(isPlainCall) },
    sections,
    chars: TEXT_STEPS[0],
    kept: sections.map(({ rows }) => rows.length),
    sql: [],
    sqlTotal: sql.length,
    isSqlLong: false,
  }
  let budget = maxTokens - Math.min(sqlTokens, sqlShare)
  const fits = () => tokensIn(draft) <= budget
  for (const chars of TEXT_STEPS) {
    draft.chars = chars
    if (fits()) break
  }
  const cutTo = (minimumOf: (section: number) => number) => {
    for (let i = sections.length - 1; i >= 0 && !fits(); i--) cutRows(draft, i, minimumOf(i), fits)
  }
  cutTo(() => 1)
  if (!fits()) {
    draft.chars = TEXT_MIN_CHARS
    budget = maxTokens
    const first = sections.findIndex(({ rows }) => rows.length > 0)
    const isLast = (i: number) => (i === first ? 1 : 0)
    if (!fits()) draft.found = { ...draft.found, next: draft.found.next?.slice(0, 1) }
    cutTo(isLast)
    if (!fits()) draft.chars = TEXT_LAST_CHARS
    if (!fits()) draft.found = { ...draft.found, next: [] }
    if (!fits() && first >= 0) sections[first] = narrowed(sections[first]!, draft, first, fits)
    cutTo(() => 0)
  }
  addStatements(draft, sql, maxTokens, sqlShare)
  return assemble(draft)
}

interface Draft {
  found: Found
  readonly sections: Measured[]
  /** Texts are as long as this at most. */
  chars: number
  /** How many rows of each section are still there, the most important ones. */
  readonly kept: number[]
  sql: readonly string[]
  readonly sqlTotal: number
  /** A statement is left out because it is longer than what it finds, not for want of room. */
  isSqlLong: boolean
}

/** A section's rows with what they cost, so that no size is counted twice. */
interface Measured {
  readonly section: Section
  readonly rows: readonly Row[]
  /** Positions in `rows`, the most important first. */
  readonly byImportance: readonly number[]
  /** Characters, and shortened texts, of the first n rows by importance, with texts of so many characters. */
  sizes(chars: number): { readonly chars: readonly number[]; readonly cut: readonly number[] }
}

function measured(section: Section, rows = section.rows): Measured {
  const ranks = section.ranks ?? rows.map((_, i) => i)
  const byImportance = rows.map((_, i) => i).sort((a, b) => ranks[a]! - ranks[b]!)
  const known = new Map<number, ReturnType<Measured['sizes']>>()
  return {
    section,
    rows,
    byImportance,
    sizes(limit) {
      let sizes = known.get(limit)
      if (sizes === undefined) {
        const chars = [0]
        const cut = [0]
        for (const [n, i] of byImportance.entries()) {
          const counter = { cut: 0 }
          chars.push(chars[n]! + rowLine(shortenedRow(rows[i]!, limit, counter)).length + 1)
          cut.push(cut[n]! + counter.cut)
        }
        sizes = { chars, cut }
        known.set(limit, sizes)
      }
      return sizes
    },
  }
}

/** Of the text that `assemble` gives, without writing the rows once more. */
function tokensIn(draft: Draft): number {
  const { chars: limit, kept, sections } = draft
  const rows = sections.reduce((sum, section, i) => sum + section.sizes(limit).chars[kept[i]!]!, 0)
  const names = sections.reduce((sum, { section }, i) => sum + (kept[i] === 0 ? 0 : section.name.length + 3), 0)
  const isBare = rows === 0
  // The marks are around what there is: one line stands for all rows.
  const frame = assemble({ ...draft, sections: [], kept: [] }, cutsOf(draft), isBare ? {} : { x: [{}] })
  return tokensOf(textOf(frame), rows + names - (isBare ? 0 : '# x\n{}\n'.length))
}

/** Leaves as many rows of a section as fit, at least `minimum`: the most important ones, in their order. */
function cutRows(draft: Draft, index: number, minimum: number, fits: () => boolean): void {
  let low = Math.min(minimum, draft.kept[index]!)
  let high = draft.kept[index]!
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    draft.kept[index] = middle
    if (fits()) low = middle
    else high = middle - 1
  }
  draft.kept[index] = low
}

/** The best row with as many of its first columns as fit: something of it is always seen. */
function narrowed(section: Measured, draft: Draft, index: number, fits: () => boolean): Measured {
  const [best] = section.byImportance
  const cells = Object.entries(section.rows[best!]!)
  for (let count = cells.length; ; count--) {
    const row = Object.fromEntries(cells.slice(0, count))
    const narrow = measured({ ...section.section, ranks: undefined, total: totalOf(section) }, [row])
    draft.sections[index] = narrow
    draft.kept[index] = 1
    if (count <= 1 || fits()) return narrow
  }
}

function totalOf({ section }: Measured): number {
  return Math.max(section.total ?? 0, section.rows.length)
}

function addStatements(draft: Draft, sql: readonly string[], maxTokens: number, share: number): void {
  const data = draft.sections.reduce((sum, { sizes }, i) => sum + sizes(draft.chars).chars[draft.kept[i]!]!, 0)
  const worth = Math.max(SQL_FREE_TOKENS, tokensOf('', data))
  const before = tokensIn(draft)
  for (const statement of sql) {
    const shown = draft.sql
    draft.sql = [...shown, statement]
    const tokens = tokensIn(draft)
    const isRoom = tokens <= Math.min(maxTokens, before + share)
    if (isRoom && tokens - before <= worth) continue
    draft.sql = shown
    if (isRoom) draft.isSqlLong = true
  }
}

const sqlLine = (statement: string) => `\nSQL: ${statement}`

function assemble(draft: Draft, cut = cutsOf(draft), data = dataOf(draft)): Answer {
  const { from, to, empty, summary, next = [] } = draft.found
  return {
    summary: empty === undefined ? summary : `${summary} ${empty}`,
    range: from === undefined || to === undefined ? null : { from: from.toISOString(), to: to.toISOString() },
    data,
    cut,
    next,
    sql: draft.sql,
  }
}

function dataOf({ sections, kept, chars }: Draft): Record<string, readonly Row[]> {
  return Object.fromEntries(
    sections.map((measured, i) => {
      const { section } = measured
      return [section.name, chosenOf(measured, kept[i]!).map(row => shortenedRow(row, chars))]
    }),
  )
}

/** The most important rows, in their order. */
function chosenOf({ rows, byImportance }: Measured, count: number): readonly Row[] {
  const chosen = new Set(byImportance.slice(0, count))
  return rows.filter((_, at) => chosen.has(at))
}

/** What was left out, and what gets it. */
function cutsOf({ sections, kept, chars, sql, sqlTotal, isSqlLong }: Draft): string[] {
  const cuts = sections.flatMap((measuredSection, i) => {
    const { section, rows } = measuredSection
    const { name, hasMore = false, more = 'narrow the question' } = section
    const shown = kept[i]!
    const all = totalOf(measuredSection)
    const read = section.rows.length
    const count = hasMore ? `more than ${read}` : String(all)
    const isCut = shown < read || rows !== section.rows
    const goOn = typeof more === 'function' ? more(chosenOf(measuredSection, shown)) : more
    const isMore = hasMore || all > read || (isCut && typeof more === 'function')
    const remedies = [...(isCut ? ['raise max_tokens'] : []), ...(isMore ? [goOn] : [])]
    const columns = rows === section.rows ? '' : ' in part'
    return remedies.length === 0 ? [] : [`${name}: ${shown} of ${count} shown${columns}; ${remedies.join('; ')}`]
  })
  const texts = sections.reduce((sum, { sizes }, i) => sum + sizes(chars).cut[kept[i]!]!, 0)
  if (texts > 0) cuts.push(`texts: ${texts} cut to ${chars} characters, ending in …; raise max_tokens`)
  if (sql.length < sqlTotal) {
    const remedy = isSqlLong ? 'the others are longer than what they find' : 'raise max_tokens'
    cuts.push(`sql: ${sql.length} of ${sqlTotal} statements shown; ${remedy}`)
  }
  return cuts
}

/**
 * An id that an agent gives us may be a sender's words: only calls with plain ids are suggested, and with operations that
 * are a method and a path.
 */
function isPlainCall(call: string): boolean {
  return /^[a-z_]+ \{(?:"[a-z_]+":(?:"(?:[A-Z]{3,7} (?=\/))?[\w.:@/*+{}-]{1,128}"|\d+),?)*\}$/.test(call)
}

interface Counter {
  cut: number
}

function shortenedRow(row: Row, chars: number, counter: Counter = { cut: 0 }): Row {
  if (chars === Number.POSITIVE_INFINITY) return row
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shortened(value, chars, counter)]))
}

function shortened(value: Json, chars: number, counter: Counter): Json {
  if (typeof value === 'string') {
    if (value.length <= chars) return value
    counter.cut += 1
    return `${value.slice(0, chars).toWellFormed()}…`
  }
  if (Array.isArray(value)) return value.map((item: Json) => shortened(item, chars, counter))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner, chars, counter)]))
}
