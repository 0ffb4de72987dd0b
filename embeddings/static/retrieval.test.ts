import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { HELD_OUT } from '../testing/retrieval/held-out.ts'
import { type Recall, recall, wordHashBaseline } from '../testing/retrieval/recall.ts'
import { TRADES } from '../testing/retrieval/trades.ts'
import { TUNED } from '../testing/retrieval/tuned.ts'
import { toUnitLength } from '../unit-length.ts'
import { TABLE_FILE } from './index.ts'
import { readTable } from './table.ts'
import { staticVectors } from './vector.ts'

const table = readTable(await readFile(TABLE_FILE))
const vectorOf = staticVectors(table, table.dimensions)
const shown = ({ at1, at5, mrr, missed }: Recall) =>
  `recall@1 ${at1.toFixed(3)}, @5 ${at5.toFixed(3)}, MRR ${mrr.toFixed(3)}\n  ${missed.join('\n  ')}`

test('paraphrased questions find their template, far more of them than by a hash of their words', t => {
  const pairs = [...TUNED, ...HELD_OUT, ...TRADES]
  // As they are stored: without the variable parts.
  const own = recall(pairs, text => toUnitLength(vectorOf(text.replace(/<[a-z_]+>/g, '')).vector))
  const baseline = recall(pairs, text => toUnitLength(wordHashBaseline(text, 384)))
  t.diagnostic(`static: ${shown(own)}`)
  t.diagnostic(`word hash: ${shown({ ...baseline, missed: [] })}`)
  assert.ok(own.at1 >= 0.45 && own.at5 >= 0.75, shown(own))
  assert.ok(own.at1 >= baseline.at1 + 0.2 && own.at5 >= baseline.at5 + 0.2, 'well above a plain word hash')
})
