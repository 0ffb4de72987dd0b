import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { FLEET_CONFIG, fleetCase } from '../../bench/causes/fleet.ts'
import { withSensorium } from '../../bench/causes/rig.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('a SESSION_DROP of the charging fleet is explained from its telemetry and its repository, the guilty commit named', async () => {
  const folder = temporaryFolder('fleet')
  const environment = { FLEET_CLONE: path.join(folder, 'fleet') }
  const { name, wrong, named } = await withSensorium(rig => fleetCase(rig, folder, 1), FLEET_CONFIG, environment)
  assert.equal(name, '1 night-tariff')
  assert.deepEqual(wrong, [], JSON.stringify(named, null, 2))
})
