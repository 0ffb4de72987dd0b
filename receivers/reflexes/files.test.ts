import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { checkConfig } from '../../pipeline/config/load.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { anomalies } from './anomalies.ts'
import { faultsBeside } from './files.ts'
import { incidents } from './incidents.ts'
import { readSystemMap } from './system-map-file.ts'

const CONFIG = path.resolve(import.meta.dirname, '../../config')

test('the map and the alerts that are shipped have no faults', async () => {
  assert.deepEqual(await faultsBeside(path.join(CONFIG, 'sensorium.yaml'), existsSync), [])
  assert.equal((await readSystemMap(path.join(CONFIG, 'system-map.yaml'))).checkout?.owner, 'team-orders')
})

test('a configuration is checked with the files that its components name, each fault told once with its line', async () => {
  const folder = temporaryFolder('files')
  const [map, alerts] = [path.join(folder, 'system-map.yaml'), path.join(folder, 'alerts.yaml')]
  await writeFile(map, 'services:\n  checkout:\n    depend_on: [payment]\n')
  await writeFile(alerts, 'anomalies:\n  chance: 1\n')
  const config = path.join(folder, 'sensorium.yaml')
  const text = `
receivers:
  incidents:
    alerts: ${alerts}
    system_map: ${map}
  incidents/second:
    system_map: ${path.join(folder, 'none.yaml')}
  anomalies:
    alerts: ${alerts}
service:
  pipelines:
    logs: { receivers: [incidents, anomalies], processors: [], exporters: [] }
`
  const options = { registry: [incidents, anomalies], environment: {}, sections: {} }
  const { plan, faults } = await checkConfig(config, text, options)
  assert.equal(plan, undefined)
  const told = faults
    .filter(({ file }) => file !== config)
    .map(({ file, line, key }) => [path.basename(file), line, key])
  assert.deepEqual(told, [
    ['alerts.yaml', 2, 'anomalies.chance'],
    ['system-map.yaml', 3, 'services.checkout.depend_on'],
    ['none.yaml', 0, ''],
  ])
  // Those that lie beside it are checked, too, where it names none.
  assert.deepEqual(
    (await faultsBeside(config, existsSync)).map(({ key }) => key),
    ['anomalies.chance', 'services.checkout.depend_on'],
  )
})
