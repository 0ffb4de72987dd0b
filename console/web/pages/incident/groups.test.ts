import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncidentMember } from '../../../api/incident.ts'
import { foldedTimeline, groupsOf } from './groups.ts'

const at = (minute: number) => `2026-11-21T10:${String(minute).padStart(2, '0')}:00.000Z`

function found(service: string, subject: string, minute: number, more: Partial<IncidentMember> = {}): IncidentMember {
  return {
    ...{
      finding_id: `${service} ${subject} ${minute}`,
      kind: 'anomaly',
      role: 'explained',
      severity: 'error',
      service,
    },
    ...{ subject, description: subject, began_at: at(minute), ended_at: at(minute + 1), fingerprint: undefined },
    ...more,
  }
}

test('findings are grouped: the origin first, the same one once with how often, the most severe and recent first', () => {
  const groups = groupsOf([
    found('web', 'errors', 3),
    found('web', 'p95', 2),
    found('web', 'p95', 9),
    found('web', 'burn', 1, { severity: 'critical' }),
    found('pay', 'p95', 1, { role: 'origin' }),
    found('pay', 'records', 2, { role: 'origin', severity: 'info', ended_at: undefined }),
  ])
  assert.deepEqual(
    groups.map(({ service, roles, severity, findings, series }) => [
      ...[service, roles.join(), severity, findings],
      series.map(({ members, from, to }) => [members[0]!.subject, members.length, from, to]),
    ]),
    [
      [
        'pay',
        'origin',
        'error',
        2,
        [
          ['p95', 1, at(1), at(2)],
          ['records', 1, at(2), undefined],
        ],
      ],
      [
        'web',
        'explained',
        'critical',
        4,
        [
          ['burn', 1, at(1), at(2)],
          ['p95', 2, at(2), at(10)],
          ['errors', 1, at(3), at(4)],
        ],
      ],
    ],
  )
  assert.equal(
    groups.reduce((sum, { findings }) => sum + findings, 0),
    6,
    'none is lost',
  )
})

test('a time line folds the findings of a minute, and nothing that was done', () => {
  const texts = (minute: number, ...all: string[]) => all.map(text => ({ at: at(minute), text }))
  const entries = [
    ...texts(1, 'pay: expected P95 12 ms', 'opened'),
    ...texts(2, 'web calling pay: slow', 'web (old): slow', 'over: pay: expected P95 12 ms', 'web, problem 1: new'),
    ...texts(2, 'taken by nana: rolling back'),
    ...texts(3, 'web: slow'),
  ]
  assert.deepEqual(
    foldedTimeline(entries, ['pay', 'web']).map(one => one.length),
    [1, 1, 4, 1, 1],
  )
  assert.deepEqual(foldedTimeline(entries, ['pay', 'web']).flat(), entries)
})
