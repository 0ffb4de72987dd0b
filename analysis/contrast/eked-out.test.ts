import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contrastEkedOut } from './eked-out.ts'
import { unitsOf } from './index.ts'

const at = (host: number, pods: string, version: string, i: number) => ({
  ...{ 'host.name': `w-${host}`, 'k8s.pod.name': `pay-${pods}${host}`, 'service.version': version },
  partner: ['north', 'south', 'east'][i % 3]!,
})
const some = (count: number, make: (i: number) => ReturnType<typeof at>) =>
  Array.from({ length: count }, (_, i) => make(i))
const before = some(90, i => at(i % 3, 'old', '1.0', i))
const names = (found: ReturnType<typeof contrastEkedOut>) =>
  found.shared.map(({ traits, also }) => [...traits, ...also].map(({ key, value }) => `${key}=${value}`))

test('a machine whose pod is newer than the good ones of before is named with its pod', () => {
  const during = some(12, i => at((i % 2) + 1, 'new', '1.1', i))
  const units = unitsOf(
    some(6, i => at(0, 'new', '1.1', i)),
    [...during, ...before],
  )
  assert.deepEqual(names(contrastEkedOut(units, 12))[0], ['host.name=w-0', 'k8s.pod.name=pay-new0'])
})

test('machines of a release that is on few of them are told as the release', () => {
  const during = some(12, i => at((i % 2) + 1, 'old', '1.0', i))
  const units = unitsOf(
    some(6, i => at(0, 'new', '1.1', i)),
    [...during, ...before],
  )
  const [best, ...others] = names(contrastEkedOut(units, 12))
  assert.equal(best![0], 'service.version=1.1')
  assert.ok(!others.flat().some(name => name.startsWith('service.version')))
})

test('what was asked is compared with what was before, too', () => {
  const units = unitsOf(
    some(6, () => at(0, 'new', '1.1', 0)),
    [...some(2, i => at(0, 'new', '1.1', i + 1)), ...before],
  )
  assert.deepEqual(names(contrastEkedOut(units, 2))[0], ['service.version=1.1'])
})
