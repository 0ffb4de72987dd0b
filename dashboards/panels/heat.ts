import common from '@grafana/grafana-foundation-sdk/common'
import heatmap from '@grafana/grafana-foundation-sdk/heatmap'
import { describeFields, type Panel, type PanelSpec } from './panel.ts'

/** A line of cells for each series, which are ready: nothing is calculated from them. */
export function heat(spec: PanelSpec): Panel {
  return describeFields(new heatmap.PanelBuilder(), spec)
    .calculate(false)
    .cellGap(1)
    .color(
      // Dark means much: lightness is what everybody sees.
      new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme('Oranges').min(0).steps(32),
    )
    .cellValues(new heatmap.CellValuesBuilder().unit(spec.unit))
    .yAxis(new heatmap.YAxisConfigBuilder().axisPlacement(common.AxisPlacement.Left))
    .showLegend()
    .build()
}
