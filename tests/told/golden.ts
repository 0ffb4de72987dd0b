import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { FindingChange, Notification } from '../../pipeline/model/index.ts'
import { type LogRecord, readFinding } from '../../pipeline/model/index.ts'
import { findingRecord, SAMPLE_FINDINGS } from '../../pipeline/testing/findings.ts'
import { composeNotification } from '../../store/notifications/compose.ts'

/** `UPDATE_GOLDEN=1` writes the files anew; look at what changed before you commit it. */
export function assertGolden(folder: string, name: string, text: string): void {
  const file = path.join(folder, name)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  }
  assert.equal(text, readFileSync(file, 'utf8'), `${file}: UPDATE_GOLDEN=1 writes it anew`)
}

const CHANGES: Partial<Record<keyof typeof SAMPLE_FINDINGS, FindingChange>> = {
  'anomaly-ended': 'resolved',
  'incident-updated': 'update',
  'incident-acknowledged': 'acknowledged',
  'incident-resolved': 'resolved',
}

/** A message for each of the sample findings, and one of a storm. */
export const SAMPLE_NOTIFICATIONS: ReadonlyMap<string, Notification> = new Map([
  ...Object.entries(SAMPLE_FINDINGS).map(
    ([name, record]) =>
      [name, notificationOf([record], CHANGES[name as keyof typeof SAMPLE_FINDINGS] ?? 'new')] as const, // one of its keys
  ),
  [
    'storm',
    notificationOf(
      Array.from({ length: 60 }, (_, i) => stormRecord(i)),
      'new',
    ),
  ],
])

function stormRecord(i: number): LogRecord {
  return findingRecord({
    event: 'anomaly.started',
    id: `anomaly-${i}`,
    service: `service-${i}`,
    severity: i % 7 === 0 ? 'critical' : 'error',
    title: `service-${i} fails`,
    body: `service-${i} fails in 40 % of requests since 09:00, where 1 % was expected.`,
  })
}

export function notificationOf(records: readonly LogRecord[], change: FindingChange): Notification {
  const findings = records.map((record, i) => readFinding(record, `record-${i}`))
  const [first] = findings
  const isOver = change === 'resolved'
  const isFirst = change === 'new'
  const firing = findings.filter(({ state }) => state === 'firing').length
  return composeNotification({
    id: `test-0123456789abcdef-thread-${isFirst ? 1 : 2}`,
    thread: 'test-0123456789abcdef-thread',
    number: isFirst ? 1 : 2,
    at: new Date(Date.parse(first!.at) + 30_000),
    labels: { owner: first!.labels.owner ?? '', environment: 'prod' },
    parts: findings.map(finding => ({ finding, change })),
    counts: {
      firing,
      acknowledged: findings.filter(({ isAcknowledged }) => isAcknowledged).length,
      resolved: isOver ? findings.length : 0,
      events: findings.filter(({ state }) => state === 'event').length,
      heldBack: findings.length > 1 ? 2 : 0,
    },
    inDoubt: findings.length > 1 ? new Date('2026-11-30T08:59:00.000Z') : undefined,
  })
}
