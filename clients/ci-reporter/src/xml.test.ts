import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReportFault } from './parsed.ts'
import { parseXml } from './xml.ts'

const escaped = (value: string) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

test('XML that is made of elements, attributes and texts is read back as it was', () => {
  // Blanks in attributes, and line ends, are one thing in XML.
  const printable = fc.string({ unit: fc.constantFrom(...'ab<>&"\'\u00e4\u{1f600};]# ') })
  fc.assert(
    fc.property(printable, printable, (attribute, body) => {
      const { roots, faults, isTorn } = parseXml(
        `<?xml version="1.0"?><!-- x --><n:a xmlns:n="urn:n" b="${escaped(attribute)}"><c>${escaped(body)}</c><d/></n:a>\n`,
      )
      const plain = { attributes: {}, children: [], text: '', isTorn: false }
      assert.deepEqual(roots, [
        {
          ...plain,
          name: 'a',
          attributes: { 'xmlns:n': 'urn:n', b: attribute },
          children: [
            { ...plain, name: 'c', text: body },
            { ...plain, name: 'd' },
          ],
        },
      ])
      assert.deepEqual([faults, isTorn], [[], false])
    }),
  )
})

test('CDATA, characters by number and quotes of both kinds are read, and what a test prints is no fault', () => {
  const { roots, faults } = parseXml(`<a b='"' c="'"><![CDATA[<x> & ]] ]]>&#65;&#x1F600;\u0001\u001b[31m&apos;</a >`)
  assert.deepEqual(roots[0]!.attributes, { b: '"', c: "'" })
  assert.equal(roots[0]!.text, `<x> & ]] A😀\u0001\u001b[31m'`)
  assert.deepEqual(faults, [])
})

test('of a report without its end everything is kept, the torn element is known, and it is told', () => {
  const whole = '<s tests="2"><t n="1"/><t n="2"><f>why'
  const { roots, faults, isTorn } = parseXml(whole)
  assert.deepEqual(
    roots[0]!.children.map(one => [one.attributes.n, one.isTorn]),
    [
      ['1', false],
      ['2', true],
    ],
  )
  assert.equal(roots[0]!.children[1]!.children[0]!.text, 'why')
  assert.ok(isTorn)
  assert.match(faults[0]!, /is cut off within <f>/)
})

test('reports one behind the other are several roots, with a declaration each', () => {
  const { roots, faults } = parseXml('<?xml version="1.0"?><a/>\n<?xml version="1.0"?><a b="c"/>')
  assert.deepEqual([roots.map(({ name }) => name), faults], [['a', 'a'], []])
})

test('entities that a document defines itself are not expanded', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "1234567890"><!ENTITY c "&b;&b;">]><a>&c;</a>'
  assert.equal(parseXml(bomb).roots[0]!.text, '&c;')
})

for (const [text, fault] of [
  ['', /without an element/],
  ['text', /without an element/],
  ['<a>'.repeat(102), /too deep/],
] as const) {
  test(`what has no element, or too many within each other, is refused: ${text.slice(0, 20) || 'nothing'}`, () => {
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
