import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { runCommand } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { FOLDER, readDashboards } from './read-dashboards.ts'
import { startStandIn } from './stand-in.ts'

const PASSWORD = 'p@ss word'

async function open(t: TestContext) {
  const grafana = await startStandIn(t)
  const folder = temporaryFolder('grafana-provision')
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), `${text}\n`)
    return path.join(folder, name)
  }
  const token = write('token', 'glsa_test')
  const database = write(
    'database',
    `postgres://reader:${encodeURIComponent(PASSWORD)}@db.internal/sensorium?sslmode=require`,
  )
  const told = ['--alert-email', 'oncall@example.com', '--runbooks-url', 'https://wiki.example.com/runbooks/']
  const known = ['--url', grafana.url, '--token-file', token, '--database-url-file', database, ...told]
  const provision = (...more: string[]) => runCommand(['grafana', 'provision', ...known, ...more], {})
  return { grafana, provision, write, token, folder }
}

test('provisioning makes folder, datasource, dashboards, alert rules, contact point and policy; a second run writes nothing; what was changed by hand is put right', async t => {
  const { grafana, provision } = await open(t)
  const dry = await provision('--dry-run')
  assert.equal(dry.code, 0, dry.stderr)
  assert.deepEqual(grafana.writes, [], 'a dry run writes nothing')
  assert.match(dry.stdout, /dashboard Overview +made/)

  const first = await provision()
  assert.equal(first.code, 0, first.stderr)
  const dashboards = readDashboards()
  assert.equal(grafana.writes.length, 2 + dashboards.length + 4)
  assert.deepEqual([...grafana.dashboards.keys()].sort(), dashboards.map(({ uid }) => uid).sort())
  assert.partialDeepStrictEqual(grafana.datasources.get('sensorium'), {
    url: 'db.internal:5432',
    user: 'reader',
    jsonData: { database: 'sensorium', sslmode: 'require' },
    secureJsonFields: { password: true },
  })

  const rules = [...grafana.ruleGroups.values()].flatMap(group => group.rules as AlertRule[])
  assert.ok(rules.length >= 10)
  for (const { annotations } of rules)
    assert.match(annotations.runbook_url!, /^https:\/\/wiki\.example\.com\/runbooks\/[a-z-]+\.md$/)
  assert.deepEqual(
    grafana.policies.routes?.map(({ receiver }) => receiver),
    ['Sensorium', 'theirs'],
  )

  grafana.writes.length = 0
  const second = await provision()
  assert.equal(second.code, 0, second.stderr)
  assert.deepEqual(grafana.writes, [])
  assert.doesNotMatch(second.stdout, / (made|changed)$/m)

  const { dashboard } = grafana.dashboards.get('sensorium-overview')!
  dashboard.panels = []
  const third = await provision()
  assert.deepEqual(grafana.writes, ['POST /api/dashboards/db'], third.stderr)
  assert.match(third.stdout, /dashboard Overview +changed/)
  for (const { stdout, stderr } of [dry, first, second, third]) assert.ok(!`${stdout}${stderr}`.includes(PASSWORD))
})

interface AlertRule {
  readonly uid: string
  readonly annotations: Readonly<Record<string, string>>
  readonly data: readonly { readonly model: { readonly conditions?: readonly unknown[]; readonly rawSql?: string } }[]
}

test('a Grafana from before the palette for everybody gets dashboards that it can open, and a second run writes nothing', async t => {
  const { grafana, provision } = await open(t)
  const palettes = () =>
    [...JSON.stringify([...grafana.dashboards.values()]).matchAll(/"palette-[a-z-]+"/g)].map(([name]) => name)
  grafana.version = '12.3.1'
  assert.equal((await provision()).code, 0)
  assert.deepEqual([...new Set(palettes())], ['"palette-classic"'])
  grafana.writes.length = 0
  assert.equal((await provision()).code, 0)
  assert.deepEqual(grafana.writes, [])
  grafana.version = '13.0.0'
  assert.equal((await provision()).code, 0)
  assert.deepEqual([...new Set(palettes())], ['"palette-colorblind"'])
})

test('limits are those of the file of alerts, and without an address nothing is said about who is told', async t => {
  const { grafana, write, token } = await open(t)
  const alerts = write('alerts.yaml', 'watch: { memory_mib: 77 }')
  const known = ['grafana', 'provision', '--url', grafana.url, '--token-file', token]
  const { code, stderr } = await runCommand([...known, '--alerts', alerts], {})
  assert.equal(code, 0, stderr)
  const rules = [...grafana.ruleGroups.values()].flatMap(group => group.rules as AlertRule[])
  const limit = rules.find(({ uid }) => uid === 'sensorium-memory')!.data[1]!.model.conditions
  assert.deepEqual(limit, [{ type: 'query', evaluator: { type: 'gt', params: [77] } }])
  assert.deepEqual([grafana.contactPoints.size, grafana.policies.routes?.length], [0, 1])
  assert.doesNotMatch(JSON.stringify(rules), /\$\$|\$SENSORIUM/)
})

test('a wrong token, a Grafana that is away and a file without a login are said in a line', async t => {
  const { grafana, provision, write, token } = await open(t)
  const wrong = await provision('--token-file', write('wrong', 'glsa_other'))
  assert.deepEqual([wrong.code, grafana.writes], [1, []])
  assert.match(wrong.stderr, /^sensorium: Grafana refused GET \/api\/folders\/sensorium with 401: .*Admin\n$/)
  const away = await runCommand(['grafana', 'provision', '--url', 'http://127.0.0.1:9', '--token-file', token], {})
  assert.equal(away.code, 1)
  assert.match(away.stderr, /^sensorium: Grafana at http:\/\/127.0.0.1:9 does not answer: .*\n$/)
  const bad = await provision('--database-url-file', write('bad', `secret ${PASSWORD}`))
  assert.equal(bad.code, 1)
  assert.match(bad.stderr, /^sensorium: --database-url-file: it should hold postgres:/)
  assert.ok(!bad.stderr.includes(PASSWORD))
})

test('export writes what is committed, and again over itself', async t => {
  const { folder } = await open(t)
  const out = path.join(folder, 'out')
  for (let copy = 0; copy < 2; copy++) {
    const { code, stderr } = await runCommand(['grafana', 'export', out], {})
    assert.equal(code, 0, stderr)
  }
  const files = (root: string) =>
    Object.fromEntries(
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(({ parentPath, name }) => [
          path.relative(root, path.join(parentPath, name)),
          readFileSync(path.join(parentPath, name), 'utf8'),
        ]),
    )
  assert.deepEqual(files(out), files(FOLDER))
})
