import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { literalWords, OPEN, replaced, skeletonOf } from './skeleton.ts'
import { unitsOf } from './units.ts'

describe('the skeleton of a template', () => {
  const cases: Record<string, [template: string, skeleton: string]> = {
    'keeps words and drops punctuation': ['[a] b (c), "d"!', 'a b c d'],
    'has a wildcard for each variable': ['from <ip> at <time> by x', 'from * at * by x'],
    'keeps the letters of a name with a number': ['core.<num> blk_<num> eth<num>', 'core.* blk_* eth*'],
    'makes one wildcard of a name that is all variable': ['<num>-<num> and <class>', '* and *'],
    'keeps the sign of a word that names a value': ['uid=<num> my id = <num>', 'uid= * my id= *'],
    'folds lists': ['ids <num>, <num> <hex> end', 'ids * end'],
    'folds repeated phrases with a variable in them': [
      'sets n-<num> <hex> <ok> n-<num> <hex> <ok> end',
      'sets n-* * ok end',
    ],
    'leaves repeated words alone': ['PSU status ( on on )', 'PSU status on on'],
    'parts a name from the value behind a row of dots': [
      'alignment...<num> and wait .. <num>',
      'alignment * and wait *',
    ],
    'keeps the sign of a single letter': ['torus z- wire, x+ wire', 'torus z- wire x+ wire'],
    'knows escaped quotation marks': ['Component \\042<quoted>\\042 is', 'Component * is'],
    'keeps a sign that says what became of a name': ['v4(en0) dns+ proxy- on', 'v4 en0 dns+ proxy- on'],
    'makes one word of a name and its number': [
      'follows BACKUP(<num>), close(<num>), Work{<num>}',
      'follows BACKUP(*) close * Work{*}',
    ],
    'makes one of a host and its port, not of a label': ['wpad:<num> to db:<num>, size:<num>', 'wpad:* to db:* size *'],
    'makes one of a name within another': [
      'lease kube-system/kube-proxy TCP/IP',
      'lease kube-system/kube-proxy TCP IP',
    ],
    'has a wildcard for nothing in a place of a value': ['to server: _, x: -', 'to server: * x: *'],
    'keeps true and false, which are opposites': ['ok=<bool> <bool>', 'ok= <bool> <bool>'],
    'makes one word of a name of several': [
      'The Print Spooler service of Windows entered',
      'The Print\u00a0Spooler service of Windows entered',
    ],
    'folds lists whose elements differ in form': ['to <ip>, db-<num>, <host> now', 'to * now'],
    'folds lists of words that are glued or in brackets': [
      'the acls: a,bc [TERM, HUP] Set(x) f(x)',
      'the acls: * Set * f x',
    ],
    'takes a list of no elements for a list': ['with tags [] at <ip>', 'with tags * at *'],
    'is empty where there is no word': ['--- === !', ''],
    'reads other scripts': ['用户<num>登录 вошёл', '用户*登录 вошёл'],
  }
  for (const [name, [template, skeleton]] of Object.entries(cases)) {
    it(name, () => assert.equal(skeletonOf(template).join(' '), skeleton))
  }

  it('knows where its words stand in the template', () => {
    const template = 'a (b_<num>) c'
    assert.deepEqual(
      unitsOf(template).map(({ start, end }) => template.slice(start, end)),
      ['a', 'b_<num>', 'c'],
    )
  })
})

describe('a skeleton with a place replaced', () => {
  it('keeps its shape, also beside a variable', () => {
    assert.deepEqual(replaced(['a', '*', 'b', 'c'], OPEN, 2), ['a', '*', '?', 'c'])
    assert.deepEqual(replaced(['a', 'b', 'c', 'd'], '*', 1, 3), ['a', '*', 'c', '*'])
  })

  it('counts fewer words, and those of a name each', () => {
    assert.equal(literalWords(['a', '*', 'b=', 'c*']), 3)
    assert.equal(literalWords(['a', '?', 'Print\u00a0Spooler']), 3)
  })
})
