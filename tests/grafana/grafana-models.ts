import { z } from 'zod'

/**
 * Bodies of Grafana's alert provisioning API: the fields and what is required, as in the models that Grafana generates
 * from its OpenAPI document (grafana-openapi-client-go, 2026-03-30). Unknown fields are faults.
 */
const relativeTimeRange = z.strictObject({ from: z.int(), to: z.int() })
const alertQuery = z.strictObject({
  refId: z.string().min(1),
  queryType: z.string().optional(),
  datasourceUid: z.string().min(1),
  relativeTimeRange,
  model: z.record(z.string(), z.unknown()),
})
const DURATION = /^(\d+(ms|[smhdwy]))+$/
const provisionedAlertRule = z.strictObject({
  uid: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,40}$/)
    .optional(),
  title: z.string().min(1).max(190),
  orgID: z.int(),
  folderUID: z.string(),
  ruleGroup: z.string().min(1).max(190),
  condition: z.string(),
  data: z.array(alertQuery),
  noDataState: z.enum(['Alerting', 'NoData', 'OK']),
  execErrState: z.enum(['OK', 'Alerting', 'Error']),
  for: z.string().regex(DURATION),
  annotations: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  isPaused: z.boolean().optional(),
})

export const alertRuleGroup = z.strictObject({
  title: z.string(),
  folderUid: z.string(),
  interval: z.int().min(10),
  rules: z.array(provisionedAlertRule),
})

export const embeddedContactPoint = z.strictObject({
  uid: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,40}$/)
    .optional(),
  name: z.string().min(1),
  type: z.enum(['email', 'slack', 'webhook', 'pagerduty']),
  settings: z.record(z.string(), z.unknown()),
  disableResolveMessage: z.boolean().optional(),
})

const fieldsOfRoute = {
  receiver: z.string().optional(),
  group_by: z.array(z.string()).optional(),
  group_wait: z.string().regex(DURATION).optional(),
  group_interval: z.string().regex(DURATION).optional(),
  repeat_interval: z.string().regex(DURATION).optional(),
  object_matchers: z.array(z.tuple([z.string(), z.enum(['=', '!=', '=~', '!~']), z.string()])).optional(),
  mute_time_intervals: z.array(z.string()).optional(),
  active_time_intervals: z.array(z.string()).optional(),
  continue: z.boolean().optional(),
}
const route = z.strictObject({ ...fieldsOfRoute, routes: z.array(z.strictObject(fieldsOfRoute)).optional() })
export const policyTree = route
