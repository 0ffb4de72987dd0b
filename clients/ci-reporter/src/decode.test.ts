import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeReport } from './decode.ts'

const xml = (encoding: string, body: string) => `<?xml version="1.0" encoding="${encoding}"?><a b="${body}"/>`
const wide = (text: string) => Buffer.from(text, 'utf16le')

const READ: readonly (readonly [string, Buffer, RegExp])[] = [
  ['Latin-1 that is declared', Buffer.from(xml('ISO-8859-1', 'größe'), 'latin1'), /b="größe"/],
  ['UTF-8', Buffer.from(xml('UTF-8', 'größe')), /b="größe"/],
  ['UTF-8 with a mark', Buffer.from('\ufeff{"a":"ö"}'), /^\{"a":"ö"\}$/],
  ['UTF-16 with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), wide(xml('utf-16', 'ö'))]), /^<\?xml.*b="ö"/],
  ['UTF-16, the other way', Buffer.concat([Buffer.from([0xfe, 0xff]), wide(xml('utf-16', 'ö')).swap16()]), /b="ö"/],
  ['UTF-16 without a mark', wide(xml('utf-16', 'ö')), /b="ö"/],
  ['UTF-8 that says UTF-16', Buffer.from(xml('utf-16', 'ö')), /b="ö"/],
  ['Shift_JIS', Buffer.concat([Buffer.from(xml('Shift_JIS', '')), Buffer.from([0x93, 0xfa])]), /日$/],
]
for (const [name, bytes, expected] of READ) {
  test(`a report is read in the encoding that it has: ${name}`, () => {
    const { text, faults } = decodeReport(bytes)
    assert.match(text, expected)
    assert.deepEqual(faults, [])
  })
}

test('bytes that are no UTF-8, and an encoding that nobody knows, are told', () => {
  const latin = decodeReport(Buffer.from('größe', 'latin1'))
  assert.deepEqual([latin.text, latin.faults.length], ['größe', 1])
  const torn = decodeReport(Buffer.concat([Buffer.from('größe '), Buffer.from([0xff])]))
  assert.deepEqual([torn.text, torn.faults.length], ['größe \ufffd', 1])
  assert.match(decodeReport(Buffer.from(xml('klingon', 'a'))).faults.join(), /klingon/)
})
