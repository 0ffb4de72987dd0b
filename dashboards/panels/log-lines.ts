import common from '@grafana/grafana-foundation-sdk/common'
import logs from '@grafana/grafana-foundation-sdk/logs'
import { describe, type Panel, type PanelSpec } from './panel.ts'

/** Columns time, body, level and whatever else belongs to a line. */
export function logLines(spec: Omit<PanelSpec, 'unit'>): Panel {
  return describe(new logs.PanelBuilder(), spec)
    .showTime(true)
    .showLabels(false)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .dedupStrategy(common.LogsDedupStrategy.None)
    .sortOrder(common.LogsSortOrder.Descending)
    .build()
}
