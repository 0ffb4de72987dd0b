import type * as types from '@grafana/grafana-foundation-sdk/dashboard'
import dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { CHANGE, WATCH } from './colours.ts'
import { type Board, UIDS } from './links.ts'
import type { Panel } from './panels/panel.ts'
import { changes } from './query/deploys.ts'
import { DATASOURCE, table, target } from './query/postgres.ts'
import { datasource, type Variable } from './variables.ts'

const TAG = 'sensorium'
const COLUMNS = 24

export interface BoardSpec {
  readonly board: Board
  readonly title: string
  readonly description: string
  readonly variables: readonly Variable[]
  /** A line of panels, or the title of those that follow. */
  readonly lines: readonly (readonly Panel[] | string)[]
  readonly from?: string
  readonly refresh?: string
  /** Lines at the times of releases and changes; for dashboards with the variable `environment`. */
  readonly withChanges?: true
  /** Bands over the times in which something was unusual: a query of `time, timeend, text, tags`. */
  readonly bands?: string
}

export function board(spec: BoardSpec): types.Dashboard {
  const { title, description, variables, from = 'now-1h', refresh = '1m', withChanges, bands } = spec
  const builder = new dashboard.DashboardBuilder(title)
    .uid(UIDS[spec.board])
    .description(description)
    .tags([TAG])
    .timezone('browser')
    .time({ from, to: 'now' })
    .refresh(refresh)
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .variables([datasource, ...variables])
    .link(
      new dashboard.DashboardLinkBuilder('Sensorium')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
  if (withChanges) builder.annotation(changeLines())
  if (bands !== undefined) builder.annotation(annotation('Unusual', WATCH, bands))
  for (const panel of placed(spec.lines)) builder.withPanel({ build: () => panel })
  return builder.build()
}

/** Each line below the one before, its panels from left to right; every panel gets an id, in order. */
function placed(lines: BoardSpec['lines']): Panel[] {
  let y = 0
  let id = 0
  return lines.flatMap((line): Panel[] => {
    if (typeof line === 'string') {
      const row = new dashboard.RowBuilder(line).id(++id).gridPos({ x: 0, y, w: COLUMNS, h: 1 }).build()
      y += 1
      // A row is a panel in the file, though the SDK types it apart.
      return [row as Panel]
    }
    let x = 0
    const found = line.map(panel => {
      const { w, h } = panel.gridPos!
      const position = { x, y, w, h }
      x += w
      return { ...panel, id: ++id, gridPos: position }
    })
    if (x > COLUMNS)
      throw new Error(`${found.map(({ title }) => title).join(', ')}: a line is ${COLUMNS} wide, not ${x}`)
    y += Math.max(...found.map(panel => panel.gridPos.h))
    return found
  })
}

const changeLines = () =>
  annotation(
    'Releases and changes',
    CHANGE,
    `SELECT at AS time, concat_ws(' ', service, release, title) AS text, what AS tags
      FROM (${changes()}) c ORDER BY 1 LIMIT 200`,
  )

function annotation(name: string, colour: string, sql: string) {
  return new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .hide(false)
    .iconColor(colour)
    .target(target(table(sql)))
}
