import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { loadOptions } from '../../cli/configuration.ts'
import { checkConfig } from '../../pipeline/config/load.ts'
import { ROOT } from '../sensorium-process.ts'

type Tree = { readonly [key: string]: Tree | unknown }

/** What is put into a configuration beside what is there. */
function merged(into: Tree, added: Tree): Tree {
  const out: Record<string, unknown> = { ...into }
  for (const [key, value] of Object.entries(added)) {
    const isMap = (one: unknown): one is Tree => typeof one === 'object' && one !== null && !Array.isArray(one)
    const before = out[key]
    out[key] = isMap(before) && isMap(value) ? merged(before, value) : value
  }
  return out
}

const read = (file: string) => parse(readFileSync(file, 'utf8')) as Tree // checked below, whatever it is
const whole = read(path.join(ROOT, 'config/sensorium.yaml'))
const examples = globSync(path.join(ROOT, 'config/alerting/*.yaml'))
const environment = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_CHANNEL: 'C1',
  SMTP_HOST: 'smtp.example.com',
  SMTP_FROM: 'sensorium@example.com',
  ALERT_EMAIL: 'ops@example.com',
  ALERT_WEBHOOK_URL: 'https://hooks.example/x',
  ALERT_WEBHOOK_SECRET: 'a-secret-of-16-letters',
  PAGERDUTY_ROUTING_KEY: 'key',
  GRAFANA_URL: 'https://grafana.example',
  GRAFANA_API_KEY: 'key',
  DATADOG_API_KEY: 'key',
}

test('each example of config/alerting, put into the configuration of npm start, has no faults, and all together have none', async () => {
  assert.ok(examples.length >= 5)
  const all = examples.reduce((tree, file) => merged(tree, read(file)), whole)
  for (const tree of [...examples.map(file => merged(whole, read(file))), all]) {
    const { faults, plan } = await checkConfig('merged.yaml', stringify(tree), {
      ...loadOptions('merged.yaml'),
      environment,
    })
    assert.deepEqual(faults, [])
    assert.ok(plan!.pipelines.length > 4)
  }
})

test('npm start needs no destination: its findings are stored, and those that matter are lines of its own log', async () => {
  const { plan } = await checkConfig('sensorium.yaml', stringify(whole), {
    ...loadOptions('sensorium.yaml'),
    environment: {},
  })
  assert.deepEqual([...plan!.exporters.keys()], ['timescale', 'log'])
  const told = plan!.pipelines.filter(({ id }) => id.startsWith('logs/'))
  assert.deepEqual(
    told.map(({ exporters }) => exporters),
    [['timescale'], ['log']],
  )
  assert.deepEqual(told[0]!.receivers, told[1]!.receivers, 'whatever finds something')
})
