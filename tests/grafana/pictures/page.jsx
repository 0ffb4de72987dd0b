/**
 * A dashboard drawn by Grafana's own components, from frames that were asked beforehand (`window.dashboard`): what
 * @grafana/ui has, stat, table and time series; Grafana's application keeps heat map, node graph, traces and logs to itself.
 */
import {
  applyFieldOverrides,
  createDataFrame,
  createTheme,
  dataLinksOverrideProcessor,
  dateTime,
  displayNameOverrideProcessor,
  EventBusSrv,
  FieldType,
  identityOverrideProcessor,
  numberOverrideProcessor,
  Registry,
  reduceField,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
} from '@grafana/data'
import { BigValue, GlobalStyles, PanelChrome, PanelContextProvider, ThemeContext, TimeSeries } from '@grafana/ui'
import { TableNG } from '@grafana/ui/unstable'
import { createRoot } from 'react-dom/client'

const CELL_PX = 30
const GAP_PX = 8
const COLUMNS = 24
const PADDING_PX = 16

const { panels, title, from, to } = window.dashboard
const parameters = new URLSearchParams(location.search)
const theme = createTheme({ colors: { mode: parameters.get('theme') } })
const timeRange = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } }

const columnPx = (window.innerWidth - 2 * PADDING_PX - GAP_PX * (COLUMNS - 1)) / COLUMNS
const across = n => n * columnPx + (n - 1) * GAP_PX
const down = n => n * CELL_PX + (n - 1) * GAP_PX

/** The fields of a panel's configuration; the application registers them, with editors. */
const STANDARD = {
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  displayName: displayNameOverrideProcessor,
  noValue: identityOverrideProcessor,
  color: identityOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  links: dataLinksOverrideProcessor,
}
/** What our builders set below `custom`. */
const CUSTOM = [
  'drawStyle',
  'lineWidth',
  'fillOpacity',
  'showPoints',
  'stacking',
  'cellOptions',
  'width',
  'minWidth',
  'hidden',
  'hideFrom',
  'align',
  'wrapHeaderText',
  'pointSize',
  'barAlignment',
  'barWidthFactor',
  'barMaxWidth',
  'axisPlacement',
  'lineInterpolation',
  'spanNulls',
]
/** What the application sets where a panel says nothing. */
const APPLICATION = {
  pointSize: 5,
  barAlignment: 0,
  barWidthFactor: 0.6,
  barMaxWidth: 200,
  lineInterpolation: 'linear',
  spanNulls: false,
}
const entry = (id, path, process, isCustom) => ({
  id,
  path,
  name: id,
  process,
  isCustom,
  shouldApply: () => true,
  getItemsCount: () => 0,
})
const fieldConfigRegistry = new Registry(() => [
  ...Object.entries(STANDARD).map(([id, process]) => entry(id, id, process, false)),
  ...CUSTOM.map(id => entry(`custom.${id}`, id, identityOverrideProcessor, true)),
])

const TYPES = { time: FieldType.time, number: FieldType.number, string: FieldType.string, boolean: FieldType.boolean }

/** As the Postgres datasource answers: a line for each metric, or the rows as they are. */
function framesOf({ format, fields, rows, refId }) {
  const column = i => rows.map(row => row[i])
  if (format !== 'time_series')
    return [
      createDataFrame({
        refId,
        fields: fields.map(({ name, type }, i) => ({ name, type: TYPES[type], values: column(i), config: {} })),
      }),
    ]
  const times = [...new Set(column(0))]
  const at = new Map(times.map((time, i) => [time, i]))
  const lines = new Map()
  for (const [time, metric, value] of rows) {
    if (!lines.has(metric)) lines.set(metric, new Array(times.length).fill(null))
    lines.get(metric)[at.get(time)] = value
  }
  const values = [...lines].map(([metric, points]) => ({
    name: 'value',
    type: FieldType.number,
    labels: { metric },
    values: points,
    config: { displayNameFromDS: metric },
  }))
  return lines.size === 0
    ? []
    : [
        createDataFrame({
          refId,
          fields: [{ name: 'time', type: FieldType.time, values: times, config: {} }, ...values],
        }),
      ]
}

function Panel({ panel }) {
  const { gridPos, type, fieldConfig = { defaults: {}, overrides: [] } } = panel
  const frames = applyFieldOverrides({
    data: panel.answers.flatMap(framesOf),
    fieldConfig: {
      ...fieldConfig,
      defaults: { ...fieldConfig.defaults, custom: { ...APPLICATION, ...fieldConfig.defaults.custom } },
    },
    fieldConfigRegistry,
    replaceVariables: text => text,
    theme,
    timeZone: 'utc',
  })
  const [width, height] = [across(gridPos.w), down(gridPos.h)]
  const style = {
    position: 'absolute',
    left: PADDING_PX + gridPos.x * (columnPx + GAP_PX),
    top: PADDING_PX + gridPos.y * (CELL_PX + GAP_PX),
    width,
    height,
  }
  if (type === 'row') return <h4 style={{ ...style, margin: 0, color: theme.colors.text.primary }}>{panel.title}</h4>
  return (
    <div style={style} data-panel={panel.title} data-type={type}>
      <PanelChrome title={panel.title} width={width} height={height} description={panel.description}>
        {(innerWidth, innerHeight) => <Body panel={panel} frames={frames} width={innerWidth} height={innerHeight} />}
      </PanelChrome>
    </div>
  )
}

function Body({ panel, frames, width, height }) {
  const isEmpty = frames.every(({ length }) => length === 0)
  const nothing = panel.fieldConfig?.defaults?.noValue ?? 'No data'
  switch (panel.type) {
    case 'stat':
      return <Stat panel={panel} frames={frames} width={width} height={height} nothing={nothing} />
    case 'timeseries':
      return isEmpty ? (
        <Nothing text={nothing} />
      ) : (
        <TimeSeries
          frames={frames}
          width={width}
          height={height}
          timeRange={timeRange}
          timeZone="utc"
          legend={panel.options.legend}
        />
      )
    case 'table':
      return isEmpty ? (
        <Nothing text={nothing} />
      ) : (
        <TableNG
          data={frames[0]}
          width={width}
          height={height}
          noHeader={false}
          showTypeIcons={false}
          resizable
          initialSortBy={[]}
          structureRev={1}
          cellHeight="sm"
          timeRange={timeRange}
          fieldConfig={panel.fieldConfig}
          getActions={() => []}
          replaceVariables={text => text}
        />
      )
    case 'logs':
      return (
        <pre data-drawn="no" style={{ height, overflow: 'hidden', fontSize: 12, margin: 0 }}>
          {panel.answers[0].rows
            .slice(0, 40)
            .map(([time, ...words]) => [new Date(time).toISOString(), ...words.slice(0, 2)].join('  '))
            .join('\n')}
        </pre>
      )
    default:
      return <Nothing text={`${panel.type}: drawn by Grafana’s application alone`} drawn="no" />
  }
}

function Nothing({ text, drawn }) {
  return (
    <div
      data-drawn={drawn}
      data-nothing
      style={{
        display: 'flex',
        height: '100%',
        alignItems: 'center',
        justifyContent: 'center',
        color: theme.colors.text.secondary,
      }}
    >
      {text}
    </div>
  )
}

/** The last value, as the panel of the application reduces it. */
function Stat({ panel, frames, width, height, nothing }) {
  const field = frames[0]?.fields[0]
  const value = field && reduceField({ field, reducers: ['lastNotNull'] }).lastNotNull
  const display =
    value === undefined || value === null
      ? { text: nothing, numeric: NaN, color: theme.colors.text.secondary }
      : field.display(value)
  return (
    <div data-stat>
      <BigValue
        value={{ ...display, title: '' }}
        width={width}
        height={height}
        theme={theme}
        colorMode={panel.options.colorMode}
        graphMode="none"
        textMode={panel.options.textMode}
        justifyMode="auto"
      />
    </div>
  )
}

const context = { eventsScope: 'global', eventBus: new EventBusSrv(), onToggleSeriesVisibility() {} }
const rowsDown = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h))
createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <PanelContextProvider value={context}>
      <div
        style={{ height: rowsDown * (CELL_PX + GAP_PX) + 2 * PADDING_PX, background: theme.colors.background.canvas }}
        data-title={title}
      >
        {panels.map(panel => (
          <Panel key={panel.id} panel={panel} />
        ))}
      </div>
    </PanelContextProvider>
  </ThemeContext.Provider>,
)

const EMPTY_PX = 4

/** Resolves, once everything is drawn, to what is wrong. */
window.whenDrawn = async () => {
  const frame = () => new Promise(resolve => requestAnimationFrame(resolve))
  const all = () => [...document.querySelectorAll('[data-panel]')]
  const isDrawn = panel =>
    panel.querySelector('canvas, [role=grid], [data-drawn], [data-stat], [data-nothing]') !== null
  const until = Date.now() + 30_000
  while ((all().length === 0 || !all().every(isDrawn)) && Date.now() < until) await frame()
  // Legends and tables measure themselves once more.
  for (let i = 0; i < 30; i++) await frame()
  return all().flatMap(panel => {
    const fault = faultOf(panel)
    return fault === undefined ? [] : [`${panel.dataset.panel}: ${fault}`]
  })
}

function faultOf(panel) {
  if (panel.innerText.trim() === panel.dataset.panel && panel.querySelector('canvas') === null) return 'is empty'
  const canvas = panel.querySelector('canvas')
  if (canvas !== null && (canvas.clientHeight < 60 || isBlank(canvas))) return 'draws nothing'
  const grid = panel.querySelector('[role=grid]')
  if (grid !== null && grid.scrollWidth > grid.clientWidth + EMPTY_PX)
    return `is ${grid.scrollWidth - grid.clientWidth} px too narrow`
  for (const text of panel.querySelectorAll('[data-stat] *'))
    if (text.scrollWidth > panel.clientWidth + EMPTY_PX) return 'its figure does not fit'
  return undefined
}

function isBlank(canvas) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return data.every(value => value === 0)
}
