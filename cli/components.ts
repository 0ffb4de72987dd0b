import { webConsole } from '../console/index.ts'
import { datadog } from '../exporters/datadog/index.ts'
import { debug } from '../exporters/debug/index.ts'
import { email } from '../exporters/email/index.ts'
import { grafana } from '../exporters/grafana/index.ts'
import { log } from '../exporters/log/index.ts'
import { otlpExporter } from '../exporters/otlp/index.ts'
import { pagerduty } from '../exporters/pagerduty/index.ts'
import { slack } from '../exporters/slack/index.ts'
import { timescale } from '../exporters/timescale/index.ts'
import { webhook } from '../exporters/webhook/index.ts'
import { mcp } from '../mcp/index.ts'
import type { Registry } from '../pipeline/registry.ts'
import { assign } from '../processors/assign/index.ts'
import { attributes } from '../processors/attributes/index.ts'
import { embed } from '../processors/embed/index.ts'
import { filter } from '../processors/filter/index.ts'
import { fingerprint } from '../processors/fingerprint/index.ts'
import { group } from '../processors/group/index.ts'
import { inhibit } from '../processors/inhibit/index.ts'
import { matchKnownIssues } from '../processors/match-known-issues/index.ts'
import { mute } from '../processors/mute/index.ts'
import { redact } from '../processors/redact/index.ts'
import { route } from '../processors/route/index.ts'
import { sample } from '../processors/sample/index.ts'
import { silence } from '../processors/silence/index.ts'
import { ci } from '../receivers/ci/index.ts'
import { debugQueue } from '../receivers/debug-queue/index.ts'
import { fingerprints } from '../receivers/fingerprints/index.ts'
import { loki } from '../receivers/loki/index.ts'
import { node } from '../receivers/node/index.ts'
import { observer } from '../receivers/observer/index.ts'
import { otlp } from '../receivers/otlp/index.ts'
import { anomalies } from '../receivers/reflexes/anomalies.ts'
import { code } from '../receivers/reflexes/code/index.ts'
import { incidents } from '../receivers/reflexes/incidents.ts'
import { reports } from '../receivers/reflexes/reports.ts'
import { slos } from '../receivers/reflexes/slos.ts'
import { triage } from '../receivers/reflexes/triage.ts'
import { silentNodes } from '../receivers/silent-nodes/index.ts'

/** Every component that a configuration can name by type. A new one is one line here and `npm run generate`. */
export const components: Registry = [
  otlp,
  observer,
  node,
  ci,
  debugQueue,
  loki,
  fingerprints,
  silentNodes,
  triage,
  code,
  anomalies,
  slos,
  incidents,
  reports,
  mcp,
  webConsole,
  assign,
  attributes,
  embed,
  filter,
  fingerprint,
  group,
  inhibit,
  matchKnownIssues,
  mute,
  redact,
  route,
  sample,
  silence,
  datadog,
  debug,
  email,
  grafana,
  log,
  otlpExporter,
  pagerduty,
  slack,
  timescale,
  webhook,
]
