import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import type * as types from '@grafana/grafana-foundation-sdk/dashboard'
import dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { GOOD, type Step } from '../colours.ts'
import type { Link } from '../links.ts'
import { DATASOURCE, type Query, target } from '../query/postgres.ts'

export type Panel = types.Panel

/** What every panel has to say of itself. */
export interface PanelSpec {
  readonly title: string
  /** What is shown, what is normal, what to do when it is not. */
  readonly description: string
  /** Of Grafana's units: short, percent, ms, reqps. */
  readonly unit: string
  readonly queries: readonly Query[]
  /** Of 24. */
  readonly width: number
  readonly height?: number
  readonly steps?: readonly Step[]
  /** Instead of an empty panel. */
  readonly nothing?: string
  readonly links?: readonly Link[]
  /** By the name of a column or line. */
  readonly fields?: Readonly<Record<string, FieldSpec>>
  readonly decimals?: number
  readonly min?: number
  readonly max?: number
}

export interface FieldSpec {
  readonly unit?: string
  readonly colour?: string
  readonly steps?: readonly Step[]
  readonly links?: readonly Link[]
  readonly hidden?: true
  readonly width?: number
  readonly name?: string
  readonly decimals?: number
}

/** What the SDK's builders of panels have in common; each is a class of its own. */
interface Builder extends cog.Builder<Panel> {
  title(title: string): this
  description(text: string): this
  datasource(datasource: { type?: string; uid?: string }): this
  withTarget(target: cog.Builder<cog.Dataquery>): this
  gridPos(position: { x: number; y: number; w: number; h: number }): this
  interval(interval: string): this
}

interface FieldBuilder extends Builder {
  unit(unit: string): this
  decimals(decimals: number): this
  min(min: number): this
  max(max: number): this
  noValue(text: string): this
  dataLinks(links: cog.Builder<types.DashboardLink>[]): this
  thresholds(thresholds: cog.Builder<types.ThresholdsConfig>): this
  overrideByName(name: string, properties: types.DynamicConfigValue[]): this
}

const HEIGHT = 8

/** Title, description, queries and size. */
export function describe<B extends Builder>(builder: B, spec: Omit<PanelSpec, 'unit'>): B {
  const { title, description, queries, width, height = HEIGHT } = spec
  builder.title(title).description(description).datasource(DATASOURCE).interval('1m')
  for (const one of queries) builder.withTarget(target(one))
  // Where on the page is the layout's to say.
  return builder.gridPos({ x: 0, y: 0, w: width, h: height })
}

/** The same for panels whose values have units, colours and links. */
export function describeFields<B extends FieldBuilder>(builder: B, spec: PanelSpec): B {
  const { unit, steps = [], nothing = 'none in this time', links = [], fields = {}, decimals, min, max } = spec
  describe(builder, spec).unit(unit).noValue(nothing).thresholds(thresholds(steps))
  if (decimals !== undefined) builder.decimals(decimals)
  if (min !== undefined) builder.min(min)
  if (max !== undefined) builder.max(max)
  if (links.length > 0)
    builder.dataLinks(links.map(({ title, url }) => new dashboard.DashboardLinkBuilder(title).url(url)))
  for (const [name, field] of Object.entries(fields)) builder.overrideByName(name, properties(field))
  return builder
}

function thresholds(steps: readonly Step[]): cog.Builder<types.ThresholdsConfig> {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ value: null, color: GOOD }, ...steps.map(({ from, colour }) => ({ value: from, color: colour }))])
}

function properties({
  unit,
  colour,
  steps,
  links,
  hidden,
  width,
  name,
  decimals,
}: FieldSpec): types.DynamicConfigValue[] {
  const found: [string, unknown][] = [
    ['unit', unit],
    ['decimals', decimals],
    ['displayName', name],
    ['color', colour && { mode: 'fixed', fixedColor: colour }],
    ['thresholds', steps && thresholds(steps).build()],
    ['custom.cellOptions', steps && { type: 'color-text' }],
    ['links', links],
    ['custom.hidden', hidden],
    ['custom.width', width],
  ]
  return found.flatMap(([id, value]) => (value === undefined ? [] : [{ id, value }]))
}
