import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReportFault } from './parsed.ts'
import { parseXml } from './xml.ts'

const escaped = (value: string) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

test('XML that is made of elements, attributes and texts is read back as it was', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (attribute, body) => {
      const root = parseXml(
        `<?xml version="1.0"?><!-- x --><a b="${escaped(attribute)}"><c>${escaped(body)}</c><d/></a>\n`,
      )
      assert.deepEqual(root, {
        name: 'a',
        attributes: { b: attribute },
        text: '',
        children: [
          { name: 'c', attributes: {}, children: [], text: body },
          { name: 'd', attributes: {}, children: [], text: '' },
        ],
      })
    }),
  )
})

test('CDATA, characters by number and quotes of both kinds are read; what is no character is U+FFFD', () => {
  const root = parseXml(`<a b='"' c="'"><![CDATA[<x> & ]] ]]>&#65;&#x1F600;&#0;&#xD800;&apos; & co</a >`)
  assert.deepEqual(root.attributes, { b: '"', c: "'" })
  assert.equal(root.text, `<x> & ]] A😀\ufffd\ufffd' & co`)
})

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /no element/],
  ['text', /text outside of the root/],
  ['<a/>text', /text outside of the root/],
  ['<a/><b/>', /a second root <b>/],
  ['<a><b></a></b>', /<\/a> closes nothing/],
  ['<a>', /<a> is not closed/],
  ['<a b="1" b="2"/>', /b twice in <a>/],
  ['<a b=1/>', /<a> does not end/],
  ['<a b="<"/>', /<a> does not end/],
  ['<a>&constructor;</a>', /unknown entity &constructor;/],
  ['<a>\n&nbsp;</a>', /unknown entity &nbsp; in line 1/],
  ['<!DOCTYPE lolz [<!ENTITY lol "lol">]><a/>', /document type declaration/],
  ['<a><![CDATA[x</a>', /no ]]>/],
  ['<a>'.repeat(101), /too deep/],
]
for (const [text, fault] of REFUSED) {
  test(`refused, so that nothing is lost without a word: ${text.slice(0, 40) || 'nothing'}`, () => {
    assert.throws(() => parseXml(text), { name: 'ReportFault', message: fault })
  })
}

test('any text is read or is a fault', () => {
  const piece = fc.constantFrom(
    '<a>',
    '</a>',
    '<b c="d"/>',
    '&#0;',
    '&x;',
    '<![CDATA[',
    ']]>',
    '<',
    '<!--',
    '-->',
    '"',
    'x',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map(pieces => pieces.join('')),
      ),
      text => {
        try {
          parseXml(text)
        } catch (error) {
          assert.ok(error instanceof ReportFault, String(error))
        }
      },
    ),
    { numRuns: 3_000 },
  )
})
