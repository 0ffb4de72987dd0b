import type { ComponentChildren } from 'preact'
import { param, setParams } from '../state/router.ts'
import { Counted } from './basics.tsx'

interface AnyColumn<Row> {
  /** Stands in the address when the table is sorted by it. */
  readonly name: string
  readonly title: string
  /** Makes the column sortable. */
  readonly by?: (row: Row) => number | string
  /** Numbers are set to the right. */
  readonly isNumber?: boolean
  /** Left out where the page is narrow. */
  readonly isMinor?: boolean
}

/** What cells say, or bare numbers, of what the title says. */
export type Column<Row> = AnyColumn<Row> &
  (
    | { readonly cell: (row: Row) => ComponentChildren; readonly counts?: undefined }
    | { readonly count: (row: Row) => number | undefined; readonly counts: string }
  )

/** A column of numbers, sortable; `counts` is their unit, which stands in the title. */
export function countColumn<Row>(
  name: string,
  title: string,
  counts: string,
  count: (row: Row) => number | undefined,
  isMinor = false,
): Column<Row> {
  return { ...{ name, title, counts, count, isMinor, isNumber: true }, by: row => count(row) ?? -1 }
}

interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** State in the address; two tables of a page have two names. */
  readonly name?: string
}

/** Rows in columns, sorted by a click on a title; the order stands in the address. */
export function Table<Row>({ label, columns, rows, keyOf, name = 'sort' }: TableProps<Row>) {
  const [by, direction] = (param(name) ?? '').split('.')
  const sorter = columns.find(column => column.name === by)?.by
  const sorted = sorter === undefined ? rows : rows.toSorted((a, b) => compare(sorter(a), sorter(b)))
  const shown = direction === 'down' ? sorted.toReversed() : sorted
  const sortBy = (column: Column<Row>) => {
    const next = by !== column.name ? (column.isNumber ? 'down' : 'up') : direction === 'down' ? 'up' : 'down'
    setParams({ [name]: `${column.name}.${next}` })
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard
    <section class={`table${columns.length > 2 ? ' is-wide' : ''}`} aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(column => (
              <th
                key={column.name}
                scope="col"
                class={classOf(column)}
                aria-sort={by === column.name ? (direction === 'down' ? 'descending' : 'ascending') : undefined}
              >
                {column.by === undefined ? (
                  titleOf(column)
                ) : (
                  <button type="button" class="plain" onClick={() => sortBy(column)}>
                    {titleOf(column)}
                    <span aria-hidden="true">{by === column.name ? (direction === 'down' ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(row => (
            <tr key={keyOf(row)}>
              {columns.map(column => (
                <td key={column.name} class={classOf(column)} data-title={titleOf(column)}>
                  {column.counts === undefined ? (
                    column.cell(row)
                  ) : (
                    <Counted value={column.count(row)} unit={column.counts} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function titleOf<Row>({ title, counts }: Column<Row>): string {
  return counts === undefined || title.toLowerCase() === counts ? title : `${title}, ${counts}`
}

function classOf<Row>({ isNumber, isMinor }: Column<Row>): string {
  return [isNumber ? 'number' : '', isMinor ? 'minor' : ''].filter(Boolean).join(' ')
}

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
}
