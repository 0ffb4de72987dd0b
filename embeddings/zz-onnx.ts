import { pino } from 'pino'
import { openOnnxProvider } from './onnx/index.ts'
import { onnxSettings } from './onnx/settings.ts'
import { writeTinyBert } from './testing/tiny-bert.ts'

await writeTinyBert('/tmp/emb-tiny')
const t0 = performance.now()
const p = await openOnnxProvider(
  onnxSettings.parse({ provider: 'onnx', model_dir: '/tmp/emb-tiny', device: 'cuda', workers: 1 }),
  pino(),
)
console.log(performance.now() - t0)
const s = new AbortController().signal
const v = await p.embed(['payment timed out', 'payment timeout', 'disk full', ''], s, { onTokens: t => console.log(t) })
const dot = (a: Float32Array, b: Float32Array) => a.reduce((x, y, i) => x + y * b[i]!, 0)
console.log(
  p.id,
  v.map(x => v.map(y => dot(x, y).toFixed(2)).join(' ')),
)
const texts = Array.from({ length: 2000 }, (_, i) => `payment ${i} timed out in checkout after ${i} errors`)
const c = process.cpuUsage(),
  t = performance.now()
await p.embed(texts, s)
const u = process.cpuUsage(c)
console.log('texts/s', (2000 / (performance.now() - t)) * 1000, 'per cpu s', (2000 / (u.user + u.system)) * 1e6)
await p.close()
