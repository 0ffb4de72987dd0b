import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KnownIssue, matcherOf, patternFault } from './match.ts'
import { bridgeMessage, decide } from './triage.ts'
import { hasFix } from './versions.ts'

const issue = (fields: Partial<KnownIssue> = {}): KnownIssue => ({
  ...{
    id: '1',
    name: 'port-conflict',
    pattern: 'EADDRINUSE',
    matchKind: 'regex',
    sources: undefined,
    services: undefined,
  },
  ...{
    description: undefined,
    fixType: 'update',
    fixVersion: '0.3.1',
    fixCommit: undefined,
    fixInstructions: undefined,
  },
  autoResolve: true,
  ...fields,
})
const facts = (text: string, fields: object = {}) => ({
  ...{ source: 'node' as const, service: 'node', text, fingerprint: '00000000000000aa', group: undefined },
  ...fields,
})
const report = (version: string | undefined) => ({
  ...{ nodeName: 'Kitchen Laptop', user: 'Nana', version, os: 'win32' },
  lines: ['UNCAUGHT: EADDRINUSE 127.0.0.1:9847', 'EXIT code=1'],
})

const VERSIONS: readonly (readonly [string | undefined, string, boolean | undefined])[] = [
  ['0.3.0', '0.3.1', false],
  ['0.3.1', '0.3.1', true],
  ['v0.10.0', '0.3.1', true],
  ['0.3.1-rc.1', '0.3.1', false],
  ['0.3.2-rc.1', '0.3.1', true],
  ['main', '0.3.1', undefined],
  [undefined, '0.3.1', undefined],
]
for (const [version, fix, has] of VERSIONS) {
  test(`${version} has the fix of ${fix}: ${has}`, () => assert.equal(hasFix(version, fix), has))
}

test('a record is matched by an expression over its lines, by words, by its fingerprint or group', () => {
  const match = (one: KnownIssue, record = facts('UNCAUGHT: Error\nEADDRINUSE at 9847')) =>
    matcherOf([one])(record) === one
  assert.ok(match(issue()))
  assert.ok(match(issue({ pattern: 'UNCAUGHT.*9847' })))
  assert.ok(match(issue({ pattern: 'eaddrinuse uncaught', matchKind: 'keywords' })))
  assert.ok(!match(issue({ pattern: 'eaddrinuse disk', matchKind: 'keywords' })))
  assert.ok(match(issue({ pattern: '00000000000000aa', matchKind: 'fingerprint' })))
  assert.ok(!match(issue({ pattern: '00000000000000aa', matchKind: 'group' })))
  assert.ok(!match(issue({ sources: ['ci'] })))
  assert.ok(!match(issue({ services: ['mail'] })))
})

test('an expression that would run for ever elsewhere is done at once; what RE2 has not is refused with words', () => {
  const evil = issue({ pattern: '^(a+)+$' })
  assert.equal(matcherOf([evil])(facts(`${'a'.repeat(10_000)}!`)), undefined)
  assert.match(patternFault('(?=x)y', 'regex')!, /no RE2 expression .*none runs for ever/)
  assert.match(patternFault('(a)\\1', 'regex')!, /no RE2 expression/)
  assert.match(patternFault('', 'keywords')!, /1 to 1000/)
  assert.match(patternFault('xyz', 'group')!, /16 hex digits/)
  assert.equal(patternFault('EADDRINUSE', 'regex'), undefined)
  assert.equal(matcherOf([issue({ pattern: '(' }), issue()])(facts('EADDRINUSE'))?.pattern, 'EADDRINUSE')
})

test('an older version is asked to update, one with the fix reopens the issue, and what is not known reaches a person', () => {
  const told = (version: string | undefined, one: KnownIssue | undefined) => {
    const { outcome, command, reachesPerson } = decide(report(version), one)
    return [outcome, command?.type, reachesPerson]
  }
  assert.deepEqual(told('0.3.0', issue()), ['update_requested', 'SOFTWARE_UPDATE', false])
  assert.deepEqual(told(undefined, issue()), ['update_requested', 'SOFTWARE_UPDATE', false])
  assert.deepEqual(told('0.3.1', issue()), ['reopened', undefined, true])
  assert.deepEqual(told('0.3.0', issue({ autoResolve: false })), ['escalated', undefined, true])
  assert.deepEqual(told('0.3.0', undefined), ['unknown', undefined, true])
  assert.deepEqual(told('1', issue({ fixType: 'self_healing', fixVersion: undefined })), [
    'self_healing',
    undefined,
    false,
  ])
  const change = issue({ fixType: 'config_change', fixVersion: undefined, fixInstructions: { port: 0 } })
  assert.deepEqual(told('1', change), ['change_requested', 'CONFIG_CHANGE', false])
})

test('the message to the bridge is in the format that its readers know', () => {
  assert.equal(
    bridgeMessage(report('0.3.0')),
    `FROM: Telemetry System
CLASS: node_issue
MSG: Node "Kitchen Laptop" (user: Nana) crash report:
     UNCAUGHT: EADDRINUSE 127.0.0.1:9847
     EXIT code=1
     Version: 0.3.0, OS: win32`,
  )
})
