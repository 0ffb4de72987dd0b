import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDiff } from './diff.ts'
import { type ChangedFile, suspectChange } from './suspect.ts'

const DIFF = `diff --git a/src/session.ts b/src/session.ts
index 1..2 100644
--- a/src/session.ts
+++ b/src/session.ts
@@ -10 +10,2 @@ export function startSession(id: string) {
-  retry(3)
+  retry(1)
+  logger.error(\`station \${id} gave up after one try\`)
@@ -40,0 +42 @@ function stop() {
+  done()
diff --git a/old.ts b/old.ts
deleted file mode 100644
--- a/old.ts
+++ /dev/null
@@ -1,2 +0,0 @@
--- a line that looks like a header
-x
`

test('a diff is read: files, hunks, functions, what log statements say; lines that look like headers are lines', () => {
  assert.deepEqual(readDiff(DIFF), [
    {
      ...{ path: 'src/session.ts', added: 3, removed: 1 },
      hunks: [
        {
          ...{ start: 10, lines: 2, function: 'export function startSession(id: string) {' },
          messages: ['station ${id} gave up after one try'],
          isOnlySaid: false,
        },
        { start: 42, lines: 1, function: 'function stop() {', messages: [], isOnlySaid: false },
      ],
    },
    {
      path: 'old.ts',
      added: 0,
      removed: 2,
      hunks: [{ start: 0, lines: 0, function: '', messages: [], isOnlySaid: false }],
    },
  ])
})

test('a change of what is logged, of comments and of empty lines does nothing otherwise', () => {
  const isOnlySaid = (...lines: string[]) =>
    readDiff(['--- a/a.ts', '+++ b/a.ts', '@@ -1 +1 @@', ...lines].join('\n'))[0]!.hunks[0]!.isOnlySaid
  for (const line of [
    "+  work.log('info', `held ${amount}`)",
    '-    this.logger.warn("no answer");',
    '+  // why it waits',
    '+   * @param id of the session',
    '+# a comment',
    '+',
    "-log.Printf('%d left', n)",
  ]) {
    assert.equal(isOnlySaid(line), true, line)
  }
  for (const line of [
    '+  const a = log(2)',
    '+  retry(1)',
    '-#include <a.h>',
    '+  if (x) console.log(x); else stop()',
  ]) {
    assert.equal(isOnlySaid(line), false, line)
  }
  assert.equal(isOnlySaid("+  console.log('a')", '+  retry(1)'), false)
})

test('any text is read without an exception', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), text => readDiff(text).length >= 0))
})

test('the line that throws is nearer than what is said, that than the function, and that than the file', () => {
  const [changed] = readDiff(DIFF)
  const file = (commit: string, fields: Partial<ChangedFile> = {}): ChangedFile => ({
    ...{
      repository: 'ev',
      commit,
      title: 't',
      author: 'a',
      committedAt: 1,
      path: 'src/session.ts',
      hunks: changed!.hunks,
    },
    ...fields,
  })
  const told = (place: object, files = [file('a')]) => {
    const nothing = { file: undefined, function: undefined, line: undefined, message: undefined }
    return suspectChange({ ...nothing, ...place }, files)
  }
  const at = { file: 'file:///srv/ev/src/session.ts', function: 'Manager.startSession' }
  assert.match(told({ ...at, line: 11 })!.because, /changed the line that throws/)
  assert.match(told({ message: 'station 7 gave up after one try' })!.because, /what is said/)
  assert.match(told({ ...at, line: 90 })!.because, /changed startSession in src\/session\.ts/)
  assert.match(told({ ...at, function: 'other' })!.because, /changed src\/session\.ts, which/)
  assert.equal(told({ file: '/srv/ev/src/other.ts', message: 'station' }), undefined)
  assert.equal(told({ ...at, line: 90 }, [file('a'), file('b', { committedAt: 2 })])!.file.commit, 'b')
  const said = { committedAt: 3, hunks: changed!.hunks.map(hunk => ({ ...hunk, messages: [], isOnlySaid: true })) }
  assert.equal(
    told({ ...at, line: 11 }, [file('a'), file('b', said)])!.file.commit,
    'a',
    'what is logged throws nothing',
  )
  assert.equal(told({ ...at, function: 'other' }, [file('a'), file('b', said)])!.file.commit, 'a')
  assert.match(told({ ...at, line: 11 }, [file('b', said)])!.because, /changed what src\/session\.ts logs/)
})
