import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { freePorts, runCommand, startSensorium } from '../../sensorium-process.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { assertSound, faultsOf, LOOKS, openBrowser, openContext, picture, settled, visit } from './browser.ts'

/** As the demo writes it. */
interface Truth {
  readonly incident: { readonly deploy: { readonly service: string; readonly version: string } }
}

test('the first hour: an empty console, a first record without reloading, the demo, its problem, its cause', async t => {
  const folder = temporaryFolder('first-hour-of-the-console')
  const ports = await freePorts()
  const environment = { SENSORIUM_DATA_DIR: path.join(folder, 'postgres') }
  const sensorium = await startSensorium({ ports, environment })
  t.after(() => sensorium.end('SIGTERM'))
  const [url, otlp] = [`http://127.0.0.1:${ports.application}`, `http://127.0.0.1:${ports.http}`]
  const browser = await openBrowser(t)
  for (const looks of LOOKS) {
    const context = await openContext(browser, looks)
    const page = await context.newPage()
    await visit(page, url)
    await page.getByRole('heading', { name: 'Nothing has come in yet' }).waitFor()
    await picture(page, `empty-${looks.width}-${looks.theme}`)
    await assertSound(page, 'empty')
    await context.close()
  }
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  const faults = faultsOf(page)
  await visit(page, url)
  await page.evaluate('window.isTheSamePage = true')
  const record = { severityText: 'INFO', body: { stringValue: 'the first record' } }
  const { ok } = await fetch(`${otlp}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }),
  })
  assert.ok(ok)
  await page.getByRole('heading', { name: 'Now' }).waitFor()
  await page.getByText('No incident is open.').waitFor()
  assert.equal(await page.evaluate('window.isTheSamePage'), true)
  await picture(page, 'first-record')

  const truthFile = path.join(folder, 'truth.json')
  const demo = await runCommand(
    ['demo', '--minutes', '12', '--rate', '3', '--endpoint', otlp, '--truth', truthFile],
    {},
  )
  assert.equal(demo.code, 0, demo.stderr)
  const truth = JSON.parse(readFileSync(truthFile, 'utf8')) as Truth
  await page.locator('.problem-row .badge.bad', { hasText: 'new' }).first().waitFor()
  await settled(page)
  await picture(page, 'demo-home')
  await page.locator('.problem-row a').first().click()
  await page.getByText('The likely cause is a change of').waitFor()
  const verdict = (await page.locator('.verdict').textContent()) ?? ''
  const { service, version } = truth.incident.deploy
  assert.ok(verdict.includes(service) && verdict.includes(version), verdict)
  await settled(page)
  await picture(page, 'demo-problem')
  await assertSound(page, 'demo-problem')
  assert.deepEqual(faults, [])
})
