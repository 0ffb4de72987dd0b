import type { Query, Rule } from '@grafana/grafana-foundation-sdk/alerting'
import { type Board, UIDS } from '../links.ts'
import { DATASOURCE, trimmed } from '../query/postgres.ts'

/** Rules cannot take the datasource from a variable; provisioning makes one of this id. */
const DATASOURCE_UID = 'sensorium'
/** Grafana's own datasource of expressions. */
const EXPRESSION_UID = '__expr__'
const LOOKBACK_S = 600

export interface RuleSpec {
  /** Of the rule, for ever: a changed id is another rule. */
  readonly name: string
  readonly title: string
  /**
   * Columns of text, which are the labels of an alert, never NULL, and one number. A row is an alert, and no two have
   * the same labels; without rows nothing fires.
   */
  readonly sql: string
  /** Fires above it. */
  readonly above: number
  /** The key below `watch` in config/alerts.yaml that holds it. */
  readonly key?: string
  /** How long it has to hold. */
  readonly holds: `${number}${'s' | 'm'}`
  readonly severity: 'warning' | 'error' | 'critical'
  /** In a sentence, with Grafana's `{{ $labels.… }}` and `{{ $values.A.Value }}`. */
  readonly summary: string
  /** docs/runbooks/NAME.md */
  readonly runbook: string
  readonly board: Board
}

/** A rule as a file of Grafana's provisioning has it. */
export type FileRule = Pick<
  Rule,
  'uid' | 'title' | 'condition' | 'data' | 'noDataState' | 'execErrState' | 'for' | 'annotations' | 'labels'
>

export function rule(spec: RuleSpec): FileRule {
  const { name, title, sql, above, key, holds, severity, summary, runbook, board } = spec
  return {
    uid: `sensorium-${name}`,
    title,
    condition: 'B',
    data: [asked(sql), threshold(above)],
    // Nothing found is what is usual.
    noDataState: 'OK',
    execErrState: 'Error',
    for: holds,
    annotations: {
      summary,
      // Grafana puts in the variable when it reads the file, provisioning over the API puts in --runbooks-url.
      runbook_url: `$SENSORIUM_RUNBOOKS_URL/${runbook}.md`,
      __dashboardUid__: UIDS[board],
      ...(key && { limit: `watch.${key}` }),
    },
    labels: { source: 'sensorium', severity },
  }
}

function asked(sql: string): Query {
  const model = {
    refId: 'A',
    datasource: { type: DATASOURCE.type, uid: DATASOURCE_UID },
    editorMode: 'code',
    format: 'table',
    rawQuery: true,
    rawSql: trimmed(sql),
  }
  return query('A', DATASOURCE_UID, model)
}

function threshold(above: number): Query {
  const model = {
    refId: 'B',
    type: 'threshold',
    datasource: { type: EXPRESSION_UID, uid: EXPRESSION_UID },
    expression: 'A',
    conditions: [{ type: 'query', evaluator: { type: 'gt', params: [above] } }],
  }
  return query('B', EXPRESSION_UID, model)
}

function query(refId: string, datasourceUid: string, model: object): Query {
  return {
    refId,
    datasourceUid,
    relativeTimeRange: { from: LOOKBACK_S, to: 0 },
    // The SDK marks the type by a method that is never called; JSON has none.
    model: model as NonNullable<Query['model']>,
  }
}
