import { board } from '../board.ts'
import { BAD, OF_REPORTS, WATCH } from '../colours.ts'
import { figure } from '../panels/figure.ts'
import { lines } from '../panels/lines.ts'
import { rows } from '../panels/rows.ts'
import { series, table } from '../query/postgres.ts'
import { ofEnvironment, UNTIL } from '../query/range.ts'
import { environment } from '../variables.ts'

const REPORTS = `FROM node_telemetry WHERE $__timeFilter(created_at) AND ${ofEnvironment()}`
/** The last report of each node in the time shown. */
const LAST = `SELECT DISTINCT ON (node_id) * ${REPORTS} ORDER BY node_id, created_at DESC`
/** Three of its heartbeats and a little; of a node that is not registered, of the usual ones. */
const SILENT_AFTER = `coalesce(r.heartbeat_interval_s, 30) * interval '4 seconds'`

const number = (title: string, description: string, sql: string, colour?: string) =>
  figure({
    title,
    description,
    unit: 'short',
    width: 6,
    ...(colour && { steps: [{ from: 1, colour }] }),
    queries: [table(sql)],
  })

const fleet = rows({
  title: 'Each node',
  description: 'Every node that reported in the time shown, the most silent first.',
  unit: 'short',
  width: 16,
  height: 10,
  nothing: 'no node reported in this time',
  fields: { crashes: { steps: [{ from: 1, colour: BAD }] }, 'last heard of': { unit: 'dateTimeFromNow' } },
  queries: [
    table(`SELECT l.node_id AS node, l.user_id AS user, l.node_version AS version, l.created_at AS "last heard of", l.severity AS "last severity", l.message AS "last report",
        (SELECT count(*) FROM node_telemetry c WHERE c.node_id = l.node_id AND c.type = 'crash_report' AND $__timeFilter(c.created_at)) AS crashes
      FROM (${LAST}) l ORDER BY l.created_at LIMIT 500`),
  ],
})

const versions = rows({
  title: 'Versions',
  description: 'How many nodes run which version, by their last report.',
  unit: 'short',
  width: 8,
  height: 10,
  nothing: 'no node reported in this time',
  queries: [
    table(
      `SELECT coalesce(node_version, '(unknown)') AS version, count(*) AS nodes FROM (${LAST}) l GROUP BY 1 ORDER BY 2 DESC, 1`,
    ),
  ],
})

const crashes = rows({
  title: 'Crashes by problem',
  description:
    'Crash reports and errors, alike ones counted together: which known issue they show, known since when, on how many nodes, and what became of the last.',
  unit: 'short',
  width: 24,
  nothing: 'no crash in this time',
  fields: { 'known since': { unit: 'dateTimeFromNow' } },
  queries: [
    table(`SELECT coalesce(f.template, max(r.message)) AS problem, max(i.name) AS "known issue", count(*) AS reports, count(DISTINCT r.node_id) AS nodes,
        min(f.first_seen) AS "known since", (array_agg(replace(d.outcome, '_', ' ') ORDER BY r.created_at DESC))[1] AS became,
        string_agg(DISTINCT r.node_version, ', ') AS versions, max(r.created_at) AS last, fingerprint_hex(r.fingerprint) AS fingerprint
      FROM (SELECT * ${REPORTS} AND type IN ('crash_report', 'error')) r LEFT JOIN fingerprints f USING (fingerprint)
        LEFT JOIN node_triage d ON d.telemetry_id = r.id LEFT JOIN node_known_issues i ON i.id = d.issue_id
      GROUP BY f.template, r.fingerprint ORDER BY 3 DESC LIMIT 100`),
  ],
})

const reports = lines({
  title: 'Reports by kind',
  description: 'What nodes reported. Heartbeats that become fewer are nodes that fall silent.',
  unit: 'short',
  width: 12,
  stacked: true,
  colours: OF_REPORTS,
  queries: [
    series(
      `SELECT $__timeGroupAlias(created_at, $__interval), type AS metric, count(*) AS value ${REPORTS} GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
  ],
})

const memory = lines({
  title: 'Memory',
  description: 'Resident memory of each node. One that only rises ends in a crash.',
  unit: 'mbytes',
  width: 12,
  queries: [
    series(`SELECT $__timeGroupAlias(p.timestamp, $__interval), coalesce(r.attributes ->> 'service.instance.id', s.service) AS metric,
        max(coalesce(p.value, p.value_int)) AS value
      FROM metric_points p JOIN metric_series s USING (series_id) JOIN telemetry_resources r USING (resource_id)
      WHERE s.metric_name = 'node.memory.usage' AND $__timeFilter(p.timestamp) AND ${ofEnvironment('s.environment')}
      GROUP BY 1, 2 ORDER BY 1, 2`),
  ],
})

export const nodes = board({
  board: 'nodes',
  title: 'Node fleet',
  description: 'Which nodes are there, which are silent, which crash and of what.',
  variables: [environment],
  from: 'now-24h',
  lines: [
    [
      number('Nodes', 'Nodes that reported in the time shown.', `SELECT count(DISTINCT node_id) AS "nodes" ${REPORTS}`),
      number(
        'Silent',
        'Of these, nodes that have missed their heartbeats at the end of the time shown.',
        `SELECT count(*) AS "silent" FROM (${LAST}) l LEFT JOIN node_registry r USING (node_id)
          WHERE l.created_at < ${UNTIL} - ${SILENT_AFTER} AND r.revoked_at IS NULL`,
        WATCH,
      ),
      number(
        'Crashes',
        'Crash reports in the time shown.',
        `SELECT count(*) AS "crashes" ${REPORTS} AND type = 'crash_report'`,
        BAD,
      ),
      number(
        'Unresolved',
        'Reports above info that nobody has marked as resolved.',
        `SELECT count(*) AS "unresolved" ${REPORTS} AND severity <> 'info' AND NOT resolved`,
        WATCH,
      ),
    ],
    [fleet, versions],
    [crashes],
    [reports, memory],
  ],
})
