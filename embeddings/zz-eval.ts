import { lexicalVectors } from './lexical/vector.ts'
import { HELD_OUT } from './testing/retrieval/held-out.ts'
import { recall, TEMPLATES, wordHashBaseline } from './testing/retrieval/recall.ts'
import { TUNED } from './testing/retrieval/tuned.ts'
import { toUnitLength } from './unit-length.ts'

const f = (r: { at1: number; at5: number; mrr: number }) =>
  [r.at1, r.at5, r.mrr].map((x: number) => x.toFixed(3)).join(' ')
for (const d of process.argv[2] === 'q' ? [384, 1024] : [256, 384, 1024]) {
  const t = recall(
    TUNED,
    (
      v => (x: string) =>
        toUnitLength(v(x))
    )(lexicalVectors(d)),
  )
  console.log(d, 'tuned', f(t), 'baseline', f(recall(TUNED, x => toUnitLength(wordHashBaseline(x, d)))))
  if (d === 384) console.log(t.missed.join('\n'))
  if (process.argv[2] === 'held')
    console.log(
      'held',
      f(
        recall(
          HELD_OUT,
          (
            v => (x: string) =>
              toUnitLength(v(x))
          )(lexicalVectors(d)),
        ),
      ),
      'baseline',
      f(recall(HELD_OUT, x => toUnitLength(wordHashBaseline(x, d)))),
    )
}
const V = lexicalVectors(384)
const t = performance.now()
let n = 0
while (process.argv[2] !== 'q' && performance.now() - t < 2000) {
  for (const x of TEMPLATES) {
    V(x)
    n++
  }
}
console.log('texts/s', Math.round((n / (performance.now() - t)) * 1000))
