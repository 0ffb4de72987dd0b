import common from '@grafana/grafana-foundation-sdk/common'
import dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { describeFields, type Panel, type PanelSpec } from './panel.ts'

interface LinesSpec extends PanelSpec {
  /** Values that add up to a whole. */
  readonly stacked?: true
}

/** Values over time. Gaps stay gaps: where nothing came, nothing is drawn. */
export function lines({ stacked, ...spec }: LinesSpec): Panel {
  const builder = describeFields(new timeseries.PanelBuilder(), spec)
    .lineWidth(stacked ? 1 : 2)
    .fillOpacity(stacked ? 60 : 0)
    .drawStyle(stacked ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .showPoints(common.VisibilityMode.Auto)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassic))
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
