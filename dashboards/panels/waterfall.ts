import dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { describe, type Panel, type PanelSpec } from './panel.ts'

/** Columns that hold lists arrive from Postgres as text, and the trace view wants them whole. */
const LISTS = ['tags', 'serviceTags', 'logs']

/**
 * Grafana's trace view; the SDK has no builder for it. Columns: traceID, spanID, parentSpanID, serviceName,
 * operationName, startTime and duration (ms), tags, serviceTags, logs.
 */
export function waterfall(spec: Omit<PanelSpec, 'unit'>): Panel {
  const conversions = LISTS.map(targetField => ({ targetField, destinationType: 'other' }))
  return describe(new dashboard.PanelBuilder().type('traces'), spec)
    .withTransformation({ id: 'convertFieldType', options: { fields: {}, conversions } })
    .build()
}
