import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { generatedFiles } from '../../dashboards/index.ts'
import { readAlerts } from '../../receivers/reflexes/alerts-file.ts'
import { type Panel, readDashboards } from './read-dashboards.ts'

const dashboards = readDashboards()
const shown = dashboards.flatMap(dashboard =>
  dashboard.panels.filter(({ type }) => type !== 'row').map(panel => ({ dashboard: dashboard.title, panel })),
)

test('uids, titles, and the ids and titles of panels are unique', () => {
  const assertUnique = (values: readonly unknown[]) => assert.equal(new Set(values).size, values.length, String(values))
  assertUnique(dashboards.map(({ uid }) => uid))
  assertUnique(dashboards.map(({ title }) => title))
  for (const { panels } of dashboards) {
    assertUnique(panels.map(({ id }) => id))
    assertUnique(panels.map(({ title }) => title))
  }
  assert.ok(dashboards.length >= 12 && dashboards.every(({ uid }) => /^[a-z-]{1,40}$/.test(uid)))
})

test('no panel overlaps another or leaves the page', () => {
  const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
  for (const { title, panels } of dashboards) {
    for (const [i, panel] of panels.entries()) {
      assert.ok(panel.gridPos.x + panel.gridPos.w <= 24, `${title}/${panel.title}`)
      for (const other of panels.slice(i + 1))
        assert.ok(!overlap(panel, other), `${title}: ${panel.title}, ${other.title}`)
    }
  }
})

test('every panel says what it shows, in which unit, and every dashboard what it is for', () => {
  for (const { dashboard, panel } of shown) {
    const name = `${dashboard}/${panel.title}`
    assert.ok((panel.description ?? '').length > 20, name)
    if (!['nodeGraph', 'traces', 'logs'].includes(panel.type)) assert.ok(panel.fieldConfig?.defaults?.unit, name)
  }
  for (const { title, description } of dashboards) assert.ok(description.length > 20, title)
})

test('a datasource is named by the variable alone, and links lead to dashboards that there are, with variables that they have', () => {
  const byUid = new Map(dashboards.map(dashboard => [dashboard.uid, dashboard]))
  let links = 0
  for (const dashboard of dashboards) {
    const text = JSON.stringify(dashboard)
    for (const [, uid] of text.matchAll(/"datasource":\{"type":"[^"]*","uid":"([^"]*)"/g))
      assert.equal(uid, '${datasource}')
    for (const [url, uid] of text.matchAll(/\/d\/([a-z-]+)\?[^"\\]*/g)) {
      const target = byUid.get(uid!)
      assert.ok(target, url)
      const names = target.templating.list.map(({ name }) => name)
      for (const [, name] of url.matchAll(/var-(\w+)=/g)) assert.ok(names.includes(name!), `${url}: ${name}`)
      for (const [, name] of url.matchAll(/\$\{(\w+):queryparam\}/g)) {
        assert.ok(
          dashboard.templating.list.some(one => one.name === name),
          `${dashboard.title}: ${url}`,
        )
      }
      links++
    }
  }
  assert.ok(links > 20)
})

test('the provisioning files are valid, hold no secret and no id of a datasource that a dashboard could rely on', async () => {
  const { watch } = await readAlerts(undefined)
  const files = new Map(generatedFiles(watch))
  const { datasources } = parse(files.get('provisioning/datasources/sensorium.yaml')!) as {
    datasources: { secureJsonData: object; user: string }[]
  }
  assert.deepEqual(
    datasources.map(({ secureJsonData, user }) => [secureJsonData, user]),
    [[{ password: '$SENSORIUM_READER_PASSWORD' }, '$SENSORIUM_READER_USER']],
  )
  const { providers } = parse(files.get('provisioning/dashboards/sensorium.yaml')!) as {
    providers: { options: { path: string } }[]
  }
  assert.equal(providers[0]!.options.path, '$SENSORIUM_DASHBOARDS')
})
