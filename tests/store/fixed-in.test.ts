import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasFix } from '../../analysis/known-issues/versions.ts'
import { openClient, openExporter } from '../../exporters/timescale/testing/exporter.ts'
import { batch, log, resource } from '../../exporters/timescale/testing/records.ts'
import { findingBatch } from '../../receivers/fingerprints/findings.ts'
import { foldSightings } from '../../store/fingerprints/fold.ts'
import { findById, markGroup } from '../../store/fingerprints/group-list.ts'
import { forgetFindings, readFindings } from '../../store/fingerprints/outbox.ts'
import { createDatabase } from '../postgres.ts'

test('a resolved problem that is seen on a version before its fix stays resolved; on one with the fix it is back and says so', async t => {
  const made = await createDatabase()
  const { consume } = await openExporter(t, made)
  const client = await openClient(t, made)
  const seen = async (version: string, id: string) => {
    const fingerprint = { id: 10n, kind: 'error', version: 1, template: 'Error at f' } as const
    const timeUnixNano = BigInt(Date.now() + 60_000) * 1_000_000n
    const from = resource({ 'service.name': 'pay', 'service.version': version })
    await consume(
      batch('logs', id, [log({ resource: from, severityNumber: 17, body: 'x', timeUnixNano, fingerprint })]),
    )
    while ((await foldSightings(client)).sightings > 0);
    const findings = await readFindings(client)
    await forgetFindings(
      client,
      findings.map(one => one.id),
    )
    return findings.map(one => String(findingBatch('fingerprints', one).items[0]!.body))
  }
  assert.deepEqual(await seen('1.0', 'a'), ['first seen: Error at f'])
  const { group } = await findById(client, '000000000000000a')
  assert.equal(await markGroup(client, group, 'resolved', { fixedIn: '1.2', commit: 'c0ffee' }), 1)
  assert.deepEqual(await seen('1.1', 'b'), [])
  assert.deepEqual(await seen('1.2', 'c'), [
    'resolved and back on 1.2, which should have the fix (1.2, c0ffee): Error at f',
  ])

  await t.test('versions are compared in SQL as elsewhere', async () => {
    const versions = ['0.3.0', '0.3.1', 'v0.10.0', '0.3.1-rc.1', '0.3', 'main', '1', '']
    for (const version of versions) {
      for (const fix of versions) {
        const { rows } = await client.query('SELECT has_fix($1, $2) AS has', [version, fix])
        assert.equal(rows[0].has ?? undefined, hasFix(version, fix), `${version} ${fix}`)
      }
    }
  })
})
