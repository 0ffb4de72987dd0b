import { pino } from 'pino'
import { createLexicalProvider } from './lexical/index.ts'
import { startEmbeddingServer } from './server/index.ts'
import { serverSettings } from './server/settings.ts'

const s = await startEmbeddingServer(
  createLexicalProvider({ provider: 'lexical', dimensions: 64 }),
  serverSettings.parse({ endpoint: '127.0.0.1:58510', max_body_bytes: 2048 }),
  pino(),
)
const url = `http://${s.address}`
const post = async (path: string, body: unknown, headers = {}) => {
  const r = await fetch(url + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
  return [r.status, (await r.text()).slice(0, 200), r.headers.get('retry-after')]
}
console.log(await post('/embed', { texts: ['a b', 'payment'] }))
console.log(await post('/v1/embeddings', { input: 'payment', model: 'lexical-64', encoding_format: 'base64' }))
console.log(await post('/v1/embeddings', { input: [1, 2] }))
console.log(await post('/v1/embeddings', { input: 'x', model: 'other' }))
console.log(await post('/embed', { texts: Array(33).fill('x') }))
console.log(await post('/embed', 'x'.repeat(3000)))
console.log(await post('/embed', '{'))
console.log(await post('/embed', { texts: ['x'] }, { 'content-type': 'text/plain' }))
console.log(
  (await fetch(url + '/embed')).status,
  (await fetch(url + '/nothing')).status,
  (await fetch(url + '/embed', { method: 'HEAD' })).status,
)
console.log(await (await fetch(url + '/healthz')).text())
console.log(await (await fetch(url + '/metrics')).text())
await s.stop()
console.log('stopped')
