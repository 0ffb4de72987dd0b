import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RecordsAnswer } from '../../../api/search.ts'
import { durationText, timeText, wholeTimeText } from '../../format.ts'
import { Section, Severity, Text, Time } from '../../parts/basics.tsx'
import { VirtualList } from '../../parts/virtual-list.tsx'
import { useKeys } from '../../state/keys.ts'
import { zone } from '../../state/preferences.ts'
import { rangeParams } from '../../state/range.ts'
import { param, setParams } from '../../state/router.ts'
import { Columns, cellOf, columnsShown } from './columns.tsx'
import { followTail } from './live-tail.ts'
import { type RecordRow, refOf } from './record-row.ts'

/** A list holds no more: who scrolls further asks a narrower question. */
const ROWS_MAX = 2_000
/** So few are no page yet: where time ran out before they were found, the list looks further back by itself. */
const PAGE = 100
const LOOKS_MAX = 12
const ROW_PX = 27
const NARROW_ROW_PX = 48

interface RecordsProps {
  readonly first: RecordsAnswer
  readonly q: string
  /** Where there is none. */
  readonly nothing: ComponentChildren
}

/** What was found, the newest first; older ones on demand, newer ones as they come. */
export function Records({ first, q, nothing }: RecordsProps) {
  const [held, setHeld] = useState<{ readonly after: RecordsAnswer; readonly pages: readonly RecordsAnswer[] }>()
  const more = held?.after === first ? held.pages : []
  const [newer, setNewer] = useState<readonly RecordRow[]>([])
  const [said, setSaid] = useState<string>()
  const isLive = param('live') === '1'
  const isNarrow = innerWidth < 720
  const shown = columnsShown()
  useEffect(() => setNewer([]), [first])
  const known = useRef<readonly RecordRow[]>([])
  const rows = useMemo(() => {
    const seen = new Set<string>()
    const all = [...newer, ...first.rows, ...more.flatMap(page => page.rows)]
    return all.filter(row => !seen.has(refOf(row)) && seen.add(refOf(row))).slice(0, ROWS_MAX)
  }, [first, held, newer])
  known.current = rows
  useEffect(() => {
    if (!isLive) return
    return followTail({
      q,
      params: rangeParams(),
      onRows: found => setNewer(before => [...found, ...before].slice(0, ROWS_MAX / 2)),
      onTrouble: setSaid,
    })
  }, [isLive, q])
  const last = more.at(-1) ?? first
  const at = rows.findIndex(row => refOf(row) === param('record'))
  const open = (row: RecordRow | undefined) => row !== undefined && setParams({ record: refOf(row) })
  useKeys({
    j: { words: 'the next record', run: () => open(rows[at + 1]) },
    k: { words: 'the record before', run: () => open(rows[Math.max(0, at - 1)]) },
    t: { words: 'follow what comes in, or stop', run: () => setParams({ live: isLive ? undefined : '1' }) },
    Escape: { words: 'close the record', run: () => setParams({ record: undefined }) },
  })
  const older = async (signal?: AbortSignal) => {
    const before = last.lookedBackTo ?? rows.at(-1)?.timestamp
    if (before === undefined) return
    const skip = last.lookedBackTo === undefined ? rows.filter(({ timestamp }) => timestamp === before).length : 0
    const asked = Object.entries({ ...rangeParams(), q, columns: param('columns'), before, skip: String(skip) })
    const url = new URLSearchParams(asked.filter((pair): pair is [string, string] => pair[1] !== undefined))
    try {
      const response = await fetch(`/console/api/records?${url}`, signal === undefined ? {} : { signal })
      const body = (await response.json()) as { data?: RecordsAnswer; error?: string } // as the server writes it
      setSaid(body.error)
      if (body.data !== undefined) setHeld({ after: first, pages: [...more, body.data] })
    } catch {
      if (!signal?.aborted) setSaid('The server did not answer; ask again.')
    }
  }
  const isLookingOn =
    said === undefined && !isLive && last.lookedBackTo !== undefined && rows.length < PAGE && more.length < LOOKS_MAX
  useEffect(() => {
    if (!isLookingOn) return
    const controller = new AbortController()
    void older(controller.signal)
    return () => controller.abort()
  }, [isLookingOn, last])
  if (rows.length === 0 && !isLive && last.lookedBackTo === undefined) return nothing
  return (
    <Section
      title={isLive ? 'Records, as they come' : 'Records'}
      aside={
        <>
          <Columns />
          <button
            type="button"
            class="small"
            aria-pressed={isLive}
            onClick={() => setParams({ live: isLive ? undefined : '1' })}
          >
            {isLive ? '■ Stop' : '▶ Follow live'}
          </button>
        </>
      }
    >
      {said !== undefined && <p class="body fault">{said}</p>}
      {!isNarrow && (
        <div class="record-row record-head" style={gridOf(shown.length)}>
          <span>Time</span>
          <span>Level</span>
          {shown.map(column => (
            <span key={column}>
              <Text max={80}>{column}</Text>
            </span>
          ))}
          <span>Message</span>
        </div>
      )}
      <VirtualList
        count={rows.length}
        rowHeight={isNarrow ? NARROW_ROW_PX : ROW_PX}
        height={Math.max(360, innerHeight - 380)}
        label={`${rows.length} records`}
        shownIndex={at < 0 ? undefined : at}
        row={index => {
          const row = rows[index]
          return row === undefined ? null : (
            <RecordLine
              row={row}
              columns={shown}
              isNarrow={isNarrow}
              isSelected={index === at}
              onOpen={() => open(row)}
            />
          )
        }}
      />
      <p class="body unit record-end" aria-live="polite">
        {rows.length >= ROWS_MAX ? (
          'A list ends here: a narrower question shows what is older.'
        ) : isLookingOn && last.lookedBackTo !== undefined ? (
          <>
            Looked back to <Time at={last.lookedBackTo} />, and going on…
          </>
        ) : last.hasMore ? (
          <>
            <button type="button" class="small" onClick={() => void older()}>
              Older
            </button>
            {last.lookedBackTo !== undefined && (
              <>
                {' '}
                looked back to <Time at={last.lookedBackTo} /> in the time that a question has
              </>
            )}
          </>
        ) : (
          'That is all in this range.'
        )}
      </p>
    </Section>
  )
}

const gridOf = (columns: number) => ({
  gridTemplateColumns: `132px 74px ${'minmax(60px, 130px) '.repeat(columns)}minmax(0, 1fr)`,
})

interface LineProps {
  readonly row: RecordRow
  readonly columns: readonly string[]
  readonly isNarrow: boolean
  readonly isSelected: boolean
  readonly onOpen: () => void
}

function RecordLine({ row, columns, isNarrow, isSelected, onOpen }: LineProps) {
  const date = new Date(row.timestamp)
  const message =
    row.kind === 'span'
      ? `${row.name ?? ''} · ${row.message ?? ''} · ${durationText(Number(row.duration_ms ?? 0))}`
      : String(row.message ?? row.name ?? '')
  const time = (
    <time class="num unit" dateTime={row.timestamp} title={wholeTimeText(date, zone.value)}>
      {clockOf(date)}
    </time>
  )
  if (isNarrow) {
    return (
      <button type="button" class={`plain record-narrow${isSelected ? ' selected' : ''}`} onClick={onOpen}>
        <span class="record-top">
          {time} <Severity level={String(row.level ?? 'info')} /> <Text max={40}>{row.service}</Text>
        </span>
        <span class="record-message">
          <Text max={160}>{message}</Text>
        </span>
      </button>
    )
  }
  return (
    <button
      type="button"
      class={`plain record-row${isSelected ? ' selected' : ''}`}
      style={gridOf(columns.length)}
      aria-pressed={isSelected}
      onClick={onOpen}
    >
      {time}
      <Severity level={String(row.level ?? 'info')} />
      {columns.map(column => (
        <span key={column} class="record-cell">
          <Text max={80}>{cellOf(row, column)}</Text>
        </span>
      ))}
      <span class="record-message">
        <Text max={400}>{message.replaceAll(/\s+/g, ' ')}</Text>
      </span>
    </button>
  )
}

/** To the millisecond: lines of one second have an order. */
function clockOf(date: Date): string {
  const text = timeText(date, zone.value, new Date())
  return /:\d\d:/.test(text) ? `${text}.${String(date.getUTCMilliseconds()).padStart(3, '0')}` : text
}
