import type { NotificationPolicy } from '@grafana/grafana-foundation-sdk/alerting'
import { stringify } from 'yaml'
import type { FileRule } from './rule.ts'
import { type Limits, pipelineRules, reflexRules } from './rules.ts'

const HEAD = '# Generated from dashboards/alerting/ and config/alerts.yaml; docs/grafana.md says how to use it.\n'
const FOLDER = 'Sensorium'
const CONTACT = 'Sensorium'
const INTERVAL = '1m'

/** `config/alerts.yaml` is where the limits come from. */
export function alertingFiles(limits: Limits): [string, string][] {
  const groups = [
    { name: 'What is found', rules: reflexRules(limits) },
    { name: 'Sensorium itself', rules: pipelineRules(limits) },
  ].map(({ name, rules }) => ({ orgId: 1, name, folder: FOLDER, interval: INTERVAL, rules: rules.map(escaped) }))
  return [
    ['provisioning/alerting/rules.yaml', file({ groups })],
    ['provisioning/alerting/contact-points.yaml', file({ contactPoints: [contactPoint()] })],
    ['provisioning/alerting/policies.yaml', file({ policies: [{ orgId: 1, ...policies() }] })],
  ]
}

const file = (content: object) =>
  `${HEAD}${stringify({ apiVersion: 1, ...content }, { aliasDuplicateObjects: false, lineWidth: 0 })}`

/** Grafana puts environment variables into these files: `$$` is a dollar sign, and only the runbooks' address is a variable. */
function escaped(rule: FileRule): FileRule {
  const text = JSON.stringify(rule).replaceAll('$', '$$$$').replaceAll('$$SENSORIUM_', '$SENSORIUM_')
  return JSON.parse(text) as FileRule // a copy of what it was
}

function contactPoint(): object {
  const receiver = {
    uid: 'sensorium',
    type: 'email',
    settings: { addresses: '$SENSORIUM_ALERT_EMAIL', singleEmail: true },
  }
  return { orgId: 1, name: CONTACT, receivers: [receiver] }
}

/** What is not ours goes where it went: to Grafana's own contact point. The times are those of the processor `group`. */
function policies(): NotificationPolicy {
  return {
    receiver: 'grafana-default-email',
    group_by: ['grafana_folder', 'alertname'],
    routes: [
      {
        receiver: CONTACT,
        object_matchers: [['source', '=', 'sensorium']],
        group_by: ['alertname', 'service', 'environment'],
        group_wait: '30s',
        group_interval: '5m',
        repeat_interval: '4h',
      },
    ],
  }
}
