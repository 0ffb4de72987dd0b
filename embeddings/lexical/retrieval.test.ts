import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HELD_OUT } from '../testing/retrieval/held-out.ts'
import { type Recall, recall, wordHashBaseline } from '../testing/retrieval/recall.ts'
import { TUNED } from '../testing/retrieval/tuned.ts'
import { toUnitLength } from '../unit-length.ts'
import { lexicalVectors } from './vector.ts'

const DIMENSIONS = 384
const lexical = lexicalVectors(DIMENSIONS)
const shown = ({ at1, at5, mrr, missed }: Recall) =>
  `recall@1 ${at1.toFixed(3)}, @5 ${at5.toFixed(3)}, MRR ${mrr.toFixed(3)}\n  ${missed.join('\n  ')}`

for (const [name, pairs, floor] of [
  ['the questions that the weights were chosen on', TUNED, { at1: 0.6, at5: 0.85 }],
  ['questions that nothing was chosen on', HELD_OUT, { at1: 0.4, at5: 0.75 }],
] as const) {
  test(`paraphrased questions find their template: ${name}`, t => {
    const own = recall(pairs, text => toUnitLength(lexical(text)))
    const baseline = recall(pairs, text => toUnitLength(wordHashBaseline(text, DIMENSIONS)))
    t.diagnostic(`lexical: ${shown(own)}`)
    t.diagnostic(`word hash: ${shown({ ...baseline, missed: [] })}`)
    assert.ok(own.at1 >= floor.at1 && own.at5 >= floor.at5, shown(own))
    assert.ok(own.at1 >= baseline.at1 + 0.25 && own.at5 >= baseline.at5 + 0.25, 'well above a plain word hash')
  })
}
