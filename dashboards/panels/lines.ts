import common from '@grafana/grafana-foundation-sdk/common'
import dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { ANY_LINES } from '../colours.ts'
import { describeFields, type Panel, type PanelSpec } from './panel.ts'

interface LinesSpec extends PanelSpec {
  /** Values that add up to a whole. */
  readonly stacked?: true
  /** Of lines that are known, by name; the others get colours that people tell apart. */
  readonly colours?: Readonly<Record<string, string>>
}

/** Values over time. Gaps stay gaps: where nothing came, nothing is drawn. */
export function lines({ stacked, colours = {}, ...spec }: LinesSpec): Panel {
  const named = Object.entries(colours).map(([name, colour]) => [name, { ...spec.fields?.[name], colour }] as const)
  const fields = { ...spec.fields, ...Object.fromEntries(named) }
  const builder = describeFields(new timeseries.PanelBuilder(), { ...spec, fields })
    .lineWidth(stacked ? 1 : 2)
    .fillOpacity(stacked ? 60 : 0)
    .drawStyle(stacked ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .showPoints(common.VisibilityMode.Auto)
    .colorScheme(new dashboard.FieldColorBuilder().mode(ANY_LINES as dashboard.FieldColorModeId))
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    )
  if (spec.min === undefined) builder.min(0)
  if (stacked) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal))
  return builder.build()
}
