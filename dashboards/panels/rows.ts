import table from '@grafana/grafana-foundation-sdk/table'
import { describeFields, type Panel, type PanelSpec } from './panel.ts'

/** A table; what is coloured says so by `steps` of the column. */
export function rows(spec: PanelSpec): Panel {
  return describeFields(new table.PanelBuilder(), spec).build()
}
