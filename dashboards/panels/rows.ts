import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard'
import table from '@grafana/grafana-foundation-sdk/table'
import { describeFields, type Panel, type PanelSpec } from './panel.ts'

/** Columns whose words are short, wherever they stand, by width in pixels; what is left is for those that say something. */
const WIDTHS: readonly (readonly [px: number, columns: string])[] = [
  [60, 'flag'],
  [75, 'kind|way|signal|level|branch|source|tool|grade|severity'],
  [
    95,
    'status|state|last severity|environment|release|first release|version|outcome|a second|deduplicated|unaccounted',
  ],
  [100, 'trace|commit'],
  [110, 'what|event'],
  [125, 'last heard of|known since|first seen|last seen'],
]

const properties = (values: Readonly<Record<string, unknown>>): DynamicConfigValue[] =>
  Object.entries(values).map(([id, value]) => ({ id, value }))

/** A table; what is coloured says so by `steps` of the column. */
export function rows(spec: PanelSpec): Panel {
  const builder = new table.PanelBuilder()
    .minWidth(70)
    // Of what is said instead of an empty panel, a cell without a value would say it as well.
    .overrideByRegexp('/.*/', properties({ noValue: '', 'custom.wrapHeaderText': true }))
    .overrideByFieldType('number', properties({ 'custom.width': 80 }))
    .overrideByFieldType('time', properties({ unit: 'time:MM-DD HH:mm:ss', 'custom.width': 120 }))
  for (const [px, columns] of WIDTHS) builder.overrideByRegexp(`/^(${columns})$/`, properties({ 'custom.width': px }))
  return describeFields(builder, spec).build()
}
