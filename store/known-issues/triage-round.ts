import type pg from 'pg'
import { type KnownIssue, matcherOf } from '../../analysis/known-issues/match.ts'
import { bridgeMessage, type Decision, decide, type NodeReport } from '../../analysis/known-issues/triage.ts'
import { inTransaction } from '../connect.ts'
import { type FindingData, noteFinding } from '../reflexes/finding.ts'
import { readIssueGroups, readKnownIssues, reopenIssue } from './issues.ts'

export interface TriageOptions {
  readonly receiver: string
  /** Who is told over the bridge; nobody where it is undefined. */
  readonly recipient: string | undefined
}

interface Waiting {
  readonly id: string
  readonly node_id: string
  readonly name: string
  readonly user_id: string | null
  readonly environment: string
  readonly node_version: string | null
  readonly payload: { readonly entries?: unknown; readonly os?: unknown }
  readonly message: string
  readonly error_stack: string | null
  readonly fingerprint: string | null
  readonly created_at: Date
}

const REPORTS_A_ROUND = 100

/** Critical reports of nodes that nobody has looked at, the oldest first. A crash may be reported days after it. */
const WAITING = `
  SELECT t.id, t.node_id, coalesce(r.name, t.node_id) AS name, coalesce(r.user_id, t.user_id) AS user_id, t.environment, t.node_version,
    t.payload, t.message, t.error_stack, lpad(to_hex(t.fingerprint), 16, '0') AS fingerprint, t.created_at
  FROM node_telemetry t LEFT JOIN node_registry r USING (node_id)
  WHERE t.severity = 'critical' AND NOT t.resolved AND t.created_at > now() - interval '7 days'
    AND NOT EXISTS (SELECT FROM node_triage d WHERE d.telemetry_id = t.id)
  ORDER BY t.created_at LIMIT ${REPORTS_A_ROUND}`

/** Decides what becomes of each critical report, and finishes what nodes have done. Resolves to how many were decided. */
export async function triageRound(client: pg.ClientBase, options: TriageOptions): Promise<number> {
  await finishUpdates(client, options)
  const { rows } = await client.query<Waiting>(WAITING)
  if (rows.length === 0) return 0
  const issues = await readKnownIssues(client)
  const groups = await readIssueGroups(client, issues)
  const match = matcherOf(issues)
  for (const row of rows) {
    const text = [row.message, ...linesOf(row), row.error_stack ?? ''].join('\n')
    const fingerprint = row.fingerprint ?? undefined
    const group = groups.get(fingerprint ?? '')
    const issue = match({ source: 'node', service: 'node', text, fingerprint, group })
    await inTransaction(client, () => settle(client, options, row, issue))
  }
  return rows.length
}

async function settle(
  client: pg.ClientBase,
  { receiver, recipient }: TriageOptions,
  row: Waiting,
  issue: KnownIssue | undefined,
): Promise<void> {
  const report = reportOf(row)
  const decision = decide(report, issue)
  const command = decision.command === undefined ? undefined : await askFor(client, row.node_id, decision)
  if (decision.outcome === 'reopened' && issue !== undefined) await reopenIssue(client, issue.id, report.version)
  const isOver = decision.outcome === 'self_healing'
  await client.query(
    `INSERT INTO node_triage (telemetry_id, node_id, node_version, reported_at, issue_id, outcome, command_id, text, triaged_at, resolved_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), CASE WHEN $9 THEN now() END)`,
    [
      ...[row.id, row.node_id, row.node_version, row.created_at, issue?.id ?? null, decision.outcome, command ?? null],
      ...[decision.text, isOver],
    ],
  )
  if (isOver) await resolveTelemetry(client, [row.id])
  const said = decision.reachesPerson ? bridgeMessage(report) : decision.text
  if (decision.reachesPerson && recipient !== undefined) {
    await client.query(
      `INSERT INTO bridge_comms (sender, recipient, class, message) VALUES ('Telemetry System', $1, 'node_issue', $2)`,
      [recipient, `${said}\n     ${decision.text}`],
    )
  }
  await noteFinding(client, receiver, findingOf(row, issue, decision, said))
}

/** The command, or the one that the node is asked for already. */
async function askFor(client: pg.ClientBase, nodeId: string, { command, text }: Decision): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO node_commands (node_id, type, payload, reason) VALUES ($1, $2, $3, $4)
     ON CONFLICT (node_id, type, (payload ->> 'version')) WHERE state = 'pending' DO UPDATE SET reason = excluded.reason RETURNING id`,
    [nodeId, command!.type, JSON.stringify(command!.payload), text],
  )
  return rows[0]!.id
}

/** A node that has reported the version that it was asked for has done it, and what came before is over. */
async function finishUpdates(client: pg.ClientBase, { receiver }: TriageOptions): Promise<void> {
  await inTransaction(client, async () => {
    const { rows } = await client.query<{
      id: string
      node_id: string
      name: string
      environment: string
      version: string
    }>(
      `UPDATE node_commands c SET state = 'done', done_at = now() FROM node_registry r
       WHERE c.state = 'pending' AND c.type = 'SOFTWARE_UPDATE' AND r.node_id = c.node_id AND has_fix((
         SELECT node_version FROM node_telemetry t WHERE t.node_id = c.node_id AND t.created_at > c.created_at - interval '1 hour'
         ORDER BY created_at DESC LIMIT 1), c.payload ->> 'version')
       RETURNING c.id, c.node_id, r.name, r.environment, c.payload ->> 'version' AS version`,
    )
    for (const { id, node_id: nodeId, name, environment, version } of rows) {
      const { rows: over } = await client.query<{ telemetry_id: string }>(
        'UPDATE node_triage SET resolved_at = now() WHERE command_id = $1 AND resolved_at IS NULL RETURNING telemetry_id',
        [id],
      )
      await resolveTelemetry(
        client,
        over.map(one => one.telemetry_id),
      )
      await noteFinding(client, receiver, {
        ...baseOf(`triage/${id}`, nodeId, name, environment),
        event: 'triage.resolved',
        severity: 'info',
        title: `${name} runs ${version} or later`,
        body: `${name} has updated to ${version} or later: ${over.length} reports are resolved`,
        since: new Date().toISOString(),
      })
    }
  })
}

async function resolveTelemetry(client: pg.ClientBase, ids: readonly string[]): Promise<void> {
  await client.query(
    `UPDATE node_telemetry SET resolved = true WHERE id = ANY ($1::uuid[]) AND created_at > now() - interval '8 days'`,
    [ids],
  )
}

function reportOf(row: Waiting): NodeReport {
  return {
    nodeName: row.name,
    user: row.user_id ?? undefined,
    version: row.node_version ?? undefined,
    os: typeof row.payload.os === 'string' ? row.payload.os : undefined,
    lines: linesOf(row),
  }
}

function linesOf({ payload, message }: Waiting): string[] {
  const { entries } = payload
  const lines = Array.isArray(entries) ? entries.filter(one => typeof one === 'string') : []
  return lines.length === 0 ? [message] : lines.flatMap(line => line.split('\n'))
}

type Base = Pick<FindingData, 'id' | 'kind' | 'service' | 'environment' | 'at' | 'link' | 'revision' | 'attributes'>

function baseOf(id: string, nodeId: string, name: string, environment: string): Base {
  const at = new Date().toISOString()
  const attributes = { 'node.id': nodeId, 'node.name': name }
  return { id, kind: 'node', service: name, environment, at, link: `/nodes/${nodeId}`, revision: 1, attributes }
}

function findingOf(row: Waiting, issue: KnownIssue | undefined, decision: Decision, said: string): FindingData {
  const { outcome, reachesPerson, text, command } = decision
  const base = baseOf(`triage/${row.id}`, row.node_id, row.name, row.environment)
  return {
    ...base,
    event: `triage.${outcome}`,
    severity: reachesPerson ? 'critical' : 'info',
    title: text,
    body: said,
    since: row.created_at.toISOString(),
    release: row.node_version ?? undefined,
    fingerprint: row.fingerprint ?? undefined,
    evidence: [`SELECT * FROM node_triage WHERE telemetry_id = '${row.id}'`, `sensorium known-issues list`],
    attributes: {
      ...base.attributes,
      ...(issue === undefined ? {} : { 'known_issue.id': issue.id, 'known_issue.name': issue.name }),
      ...(issue?.description === undefined ? {} : { 'known_issue.description': issue.description }),
      ...(command === undefined
        ? {}
        : { 'command.type': command.type, 'command.payload': JSON.stringify(command.payload) }),
    },
  }
}
