import type { ChatAnswer } from '../../api/chat.ts'
import { durationText, many, shareText, visibleText } from '../format.ts'
import { href } from '../state/router.ts'
import { Counted, Text, Time } from './basics.tsx'
import { type Column, Table } from './table.tsx'

type Row = ChatAnswer['sections'][number]['rows'][number]

/** Rows of a few short values are a table; others a list each. */
const COLUMNS_MAX = 8
const CELL_CHARS_MAX = 90

/** What a tool found: a table where it is one. */
export function ToolRows({ name, rows }: { readonly name: string; readonly rows: readonly Row[] }) {
  const keys = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const isShort = rows.every(row => Object.values(row).every(value => wordsOf(value).length <= CELL_CHARS_MAX))
  const numbered = rows.map((row, i) => ({ row, key: String(i) }))
  if (rows.length > 1 && keys.length <= COLUMNS_MAX && isShort) {
    const columns = keys.map(
      (key): Column<(typeof numbered)[number]> => ({
        name: key,
        title: titleOf(key),
        isNumber: rows.every(row => row[key] === undefined || typeof row[key] === 'number'),
        cell: ({ row }) => (row[key] === undefined ? '' : <Cell name={key} value={row[key]} />),
      }),
    )
    return <Table label={titleOf(name)} columns={columns} rows={numbered} keyOf={({ key }) => key} />
  }
  return (
    <>
      {numbered.map(({ row, key }, i) => (
        <details key={key} class="answer-row" open={i === 0}>
          <summary>
            <Text max={160}>{headlineOf(row)}</Text>{' '}
            <span class="unit">
              {typeof row.failures === 'number' && `${many(row.failures, 'failure')} · `}
              <Text max={80}>{wordsOf(row.services ?? row.service ?? '')}</Text>
            </span>
          </summary>
          <dl>
            {Object.entries(row).map(([column, value]) => (
              <div key={column}>
                <dt>{titleOf(column)}</dt>
                <dd>
                  <Cell name={column} value={value} />
                </dd>
              </div>
            ))}
          </dl>
        </details>
      ))}
    </>
  )
}

/** What a row is of, where several are listed. */
const HEADLINES = ['template', 'title', 'message', 'name', 'operation', 'attribute', 'entity', 'test_name']

function headlineOf(row: Row): string {
  const name = HEADLINES.find(key => typeof row[key] === 'string') ?? Object.keys(row)[0]
  return name === undefined ? '' : wordsOf(row[name])
}

/** Units of numbers stand last in their names. */
const UNITS: Readonly<Record<string, (value: number) => string>> = {
  ms: durationText,
  s: value => durationText(value * 1_000),
  minutes: value => durationText(value * 60_000),
  share: shareText,
  percent: value => shareText(value / 100),
  likeness: shareText,
  confidence: shareText,
}

const unitOf = (name: string) => /(?:^|_)(ms|s|minutes|share|percent|likeness|confidence)(?=_|$)/.exec(name)?.[1]

export function titleOf(name: string): string {
  const words = visibleText(name.replace(/_(?:ms|s|percent)(?=_|$)/, '').replaceAll('_', ' '))
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(wordsOf).join(', ')
  return JSON.stringify(value) ?? ''
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

function Cell({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (typeof value === 'number') {
    const unit = unitOf(name)
    if (unit !== undefined) return <span class="num">{UNITS[unit]!(value)}</span>
    return <Counted value={value} unit={titleOf(name)} />
  }
  const text = wordsOf(value)
  if (name !== 'span_id' && /^[0-9a-f]{16}$/.test(text)) {
    return (
      <a class="mono" href={href('problem', { id: text })}>
        {text}
      </a>
    )
  }
  if (name === 'trace_id' && /^[0-9a-f]{32}$/.test(text)) {
    return (
      <a class="mono" href={href('trace', { id: text })}>
        {text}
      </a>
    )
  }
  if (INSTANT.test(text)) return <Time at={text} />
  return <Text max={1_500}>{text}</Text>
}
