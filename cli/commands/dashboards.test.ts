import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../../tests/sensorium-process.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { openHttpService } from '../../tests/told/http-service.ts'

test('dashboards push makes a dashboard where the exporter grafana says, prints its URL, and says why not', async t => {
  const server = await openHttpService(({ body }) => {
    const { dashboard } = JSON.parse(body) as { dashboard: { uid: string } } // what we sent
    return { body: JSON.stringify({ uid: dashboard.uid, url: `/d/${dashboard.uid}/x`, status: 'success' }) }
  })
  t.after(server.close)
  const folder = temporaryFolder('dashboards')
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text)
    return path.join(folder, name)
  }
  const config = file(
    'config.yaml',
    `receivers: { fingerprints: }
exporters: { grafana: { url: '${server.url}', api_key: 'glsa_4711' }, timescale: }
service: { pipelines: { logs: { receivers: [fingerprints], exporters: [grafana, timescale] } } }
`,
  )
  const run = (...args: string[]) => runCommand(['dashboards', 'push', ...args, '--config', config], {})
  const shop = file('shop.json', '{"id":3,"uid":"shop","title":"The shop","panels":[]}')
  const wrapped = file('wrapped.json', '{"meta":{},"dashboard":{"id":4,"uid":"cart","title":"Carts"}}')
  const made = await run(shop, wrapped, '--folder', 'team')
  assert.equal(made.stdout, `${server.url}/d/shop/x\n${server.url}/d/cart/x\n`, made.stderr)
  assert.deepEqual(JSON.parse(server.requests[1]!.body), {
    dashboard: { id: null, uid: 'cart', title: 'Carts' },
    folderUid: 'team',
    overwrite: true,
  })
  const faults: [string[], RegExp][] = [
    [[file('none.json', '{"panels":[]}')], /none\.json is no dashboard: it has no title/],
    [[file('broken.json', '{')], /broken\.json: /],
    [[shop, '--to', 'timescale'], /no exporter timescale of type grafana/],
  ]
  for (const [args, message] of faults) {
    const { code, stderr } = await run(...args)
    assert.equal(code, 1)
    assert.match(stderr, message)
  }
  server.script.push({ status: 403, body: '{"message":"no rights, glsa_4711"}' })
  const refused = await run(shop)
  assert.match(refused.stderr, /the dashboard was not made: .* answers 403: .*no rights, \*\*\*/)
})
