import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escaped, painted, shown, usesColour } from './guard.ts'

const HOSTILE: Readonly<Record<string, string>> = {
  'clear screen': '\x1b[2J',
  'a link (OSC 8)': '\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\',
  'the title (OSC 0)': '\x1b]0;owned\x07',
  'C1 CSI': '\u009b2J',
  'C1 OSC': '\u009d52;c;aGk=\u009c',
  'carriage return': 'ok\rEVIL',
  backspace: 'a\b\bb',
  bidi: '\u202egnp.exe\u202c \u2066x\u2069 \u200fy',
  'zero width': 'a\u200bd\u200dm\ufeffin\u2060',
  'tag characters': `a${String.fromCodePoint(0xe0041)}b`,
  'variation selectors': `a${String.fromCodePoint(0xe0101)}\ufe0fb`,
  'line separator': 'a\u2028b',
  delete: 'a\u007fb',
}
const DANGEROUS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e01ef}]/u

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`a terminal is not told what to do by a sender: ${name}`, () => {
    assert.doesNotMatch(shown(text), DANGEROUS)
    const json = escaped(JSON.stringify({ [text]: [text] }))
    assert.doesNotMatch(json, DANGEROUS)
    assert.deepEqual(JSON.parse(json), { [text]: [text] })
  })
}

test('text stays as it is: letters of all scripts, emoji, tabs and lines', () => {
  const text = 'Grüße, 你好, שלום, 👍\tx\ny'
  assert.equal(shown(text), text)
})

test('our colours stand around what a sender wrote, and nothing of it joins them', () => {
  for (const text of Object.values(HOSTILE)) {
    const line = painted([[{ text, means: 'bad' }, ' plain ', { text, means: undefined }]], true)
    assert.ok(line.startsWith('\x1b[31m') && line.includes('\x1b[0m plain '))
    assert.doesNotMatch(line.replaceAll(/\x1b\[(?:31|0)m/g, ''), DANGEROUS)
    assert.doesNotMatch(painted([[{ text, means: 'bad' }]], false), DANGEROUS)
  }
})

test('there is colour on a terminal unless somebody said no', () => {
  const terminal = { isTTY: true } as NodeJS.WriteStream // all that is looked at
  const pipe = { isTTY: false } as NodeJS.WriteStream
  assert.equal(usesColour(terminal, {}), true)
  assert.equal(usesColour(terminal, { NO_COLOR: '1' }), false)
  assert.equal(usesColour(terminal, { NO_COLOR: '' }), true)
  assert.equal(usesColour(terminal, { TERM: 'dumb' }), false)
  assert.equal(usesColour(pipe, {}), false)
  assert.equal(usesColour(pipe, { FORCE_COLOR: '1' }), true)
  assert.equal(usesColour(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }), false)
})
