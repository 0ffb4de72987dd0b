import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fingerprintLines } from './fingerprint-lines.ts'
import { fleetMessages, randomFrom, shuffled } from './testing/messages.ts'

describe('fingerprinted lines', () => {
  it('are in order, each with the group that all of them together prove', () => {
    const lines = ['git', '10.0.0.1 up', 'ftp', 'mysql', '10.0.0.2 up', 'uucp'].map(name =>
      name.endsWith('up') ? name : `Failed password for ${name} from 10.0.0.1 port 22`,
    )
    const answers = fingerprintLines(lines)
    assert.deepEqual(
      answers.map(({ template }) => template),
      lines.map(line => (line.endsWith('up') ? '<ip> up' : 'Failed password for <*> from <ip> port <num>')),
    )
    assert.equal(new Set(answers.map(({ groupId }) => groupId)).size, 2)
    assert.match(answers[0]!.groupId, /^[0-9a-f]{16}$/)
  })

  it('say the same of a line wherever it stands', () => {
    const lines = fleetMessages(3_000, 5)
    const expected = new Map(fingerprintLines(lines).map((answer, index) => [lines[index]!, answer]))
    const other = shuffled(lines, randomFrom(9))
    for (const [index, answer] of fingerprintLines(other).entries()) {
      assert.deepEqual(answer, expected.get(other[index]!))
    }
  })

  it('may be none', () => assert.deepEqual(fingerprintLines([]), []))
})
