import { lexicalVectors } from './lexical/vector.ts'
import { TEMPLATES } from './testing/retrieval/recall.ts'
import { toUnitLength } from './unit-length.ts'

const V = lexicalVectors(384)
let n = 0
const c = process.cpuUsage()
const t = performance.now()
while (performance.now() - t < 3000) {
  for (const x of TEMPLATES) {
    toUnitLength(V(x))
    n++
  }
}
const u = process.cpuUsage(c)
console.log(
  'texts per cpu s',
  Math.round(n / ((u.user + u.system) / 1e6)),
  'wall',
  Math.round((n / (performance.now() - t)) * 1000),
)
