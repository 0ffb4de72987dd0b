import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ErrorReport, errorFingerprint } from './error-fingerprint.ts'
import { parseStack } from './parse.ts'
import { STACK_FORMATS } from './parsed.ts'

/**
 * Every file `pairs/<format>/<same|different>-<what differs>.txt` is a test: two errors, divided by a line of `=`.
 * Before a line `---`, an error may have `type:`, `message:` and `language:`; what follows is its stack.
 */
const FOLDER = fileURLToPath(new URL('pairs/', import.meta.url))

function readReport(text: string): ErrorReport {
  const divider = /^---\n/m.exec(text)
  const head = divider === null ? '' : text.slice(0, divider.index)
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1] ?? ''
  const stack = divider === null ? text : text.slice(divider.index + divider[0].length)
  return { type: field('type'), message: field('message'), stack: stack.trimEnd(), language: field('language') }
}

/** A plain stand-in for log templates: numbers, quoted text and addresses vary. */
function template(message: string): string {
  return message.replace(/"[^"]*"|'[^']*'|[\w-]*\d[\w.:-]*|::1:\w+|https?:\S+/g, '<*>')
}

function readPair(path: string): {
  name: string
  isSame: boolean
  format: string
  reports: [ErrorReport, ErrorReport]
} {
  const [first, second, ...rest] = readFileSync(`${FOLDER}${path}`, 'utf8').split(/^={5}\n/m)
  assert.ok(first !== undefined && second !== undefined && rest.length === 0, `${path} must hold two errors`)
  const [, relation, name] = /^(same|different)-(.*)\.txt$/.exec(basename(path)) ?? []
  assert.ok(relation !== undefined && name !== undefined, `${path} must be called same-… or different-…`)
  return { name, isSame: relation === 'same', format: dirname(path), reports: [readReport(first), readReport(second)] }
}

const pairs = globSync('*/*.txt', { cwd: FOLDER }).sort().map(readPair)

for (const { format, isSame, name, reports } of pairs) {
  test(`${format}: ${isSame ? 'one' : 'two'} fingerprint${isSame ? '' : 's'}, ${name.replaceAll('-', ' ')}`, () => {
    const [first, second] = reports.map(report => errorFingerprint(report, template))
    const seen = [first, second].map(it => ({ types: it!.typeChain, parts: it!.parts }))
    if (isSame) assert.deepEqual(seen[0], seen[1])
    else assert.notDeepEqual(seen[0], seen[1])
    assert.equal(first!.fingerprint === second!.fingerprint, isSame)
  })
}

test('the pairs cover every format with both relations, and are at least sixty', () => {
  for (const format of STACK_FORMATS) {
    for (const isSame of [true, false]) {
      assert.ok(
        pairs.some(pair => pair.format === format && pair.isSame === isSame),
        `${format} ${isSame}`,
      )
    }
  }
  assert.ok(pairs.length >= 60, `${pairs.length} pairs`)
})

test('every stack of a pair is told to be of the format it is filed under', () => {
  for (const { format, name, reports } of pairs) {
    for (const { stack } of reports) {
      if (format === 'none') assert.equal(parseStack(stack), undefined, name)
      // Pairs across browsers have one trace of each engine.
      else if (!name.includes('firefox-and-chrome')) assert.equal(parseStack(stack)?.format, format, name)
    }
  }
})

test('a record that repeats the trace in exception.type and exception.message has the same fingerprint', () => {
  for (const { name, reports } of pairs) {
    for (const report of reports) {
      const error = parseStack(report.stack)?.error
      if (error === undefined || report.type !== '' || error.type === '') continue
      const full = errorFingerprint({ ...report, type: error.type, message: error.message }, template)
      assert.equal(full.fingerprint, errorFingerprint(report, template).fingerprint, name)
    }
  }
})
