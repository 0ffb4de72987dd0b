import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLIENT, openProvider, type TestProvider } from '../../../console/testing/provider.ts'
import { withClient } from '../../../store/connect.ts'
import { addNode } from '../../../store/nodes.ts'
import { assertSound, faultsOf, LOOKS, openBrowser, openContext, picture, settled, visit } from './browser.ts'
import { INCIDENT_ID, PASSWORD, serve } from './served.ts'

const WIDTHS = [LOOKS[0]!, LOOKS[2]!, LOOKS[4]!]

test('people sign in at their provider and come to the page they asked for; what goes wrong is said in words', async t => {
  let provider!: TestProvider
  const { url } = await serve(t, {
    oidc: async at => {
      provider = await openProvider(t, `${at}/console/api/sign-in/oidc/callback`)
      const grants = [{ has: 'responders', role: 'responder' }]
      return { ...CLIENT, issuer: provider.issuer, public_url: at, label: 'Sign in at Example', grants }
    },
  })
  const browser = await openBrowser(t)
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  const faults = faultsOf(page)
  const button = page.getByRole('link', { name: 'Sign in at Example' })
  provider.account = { sub: '1', email: 'nana@example.com', groups: ['others'] }
  await visit(page, `${url}/incidents/${INCIDENT_ID}`)
  await button.click()
  await page.getByText('Your account may not use this console').waitFor()
  await picture(page, 'oidc-refused')
  await assertSound(page, 'oidc-refused')
  await provider.leave()
  await button.click()
  await page.getByText('does not answer, or not as it should').waitFor()
  await provider.comeBack()
  provider.account = { sub: '1', email: 'nana@example.com', groups: ['responders'] }
  await visit(page, `${url}/incidents/${INCIDENT_ID}`)
  await button.click()
  await page.getByRole('heading', { name: 'pay fails' }).waitFor()
  assert.equal(new URL(page.url()).pathname, `/incidents/${INCIDENT_ID}`)
  await page.getByRole('button', { name: 'Take it' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await button.waitFor()
  assert.deepEqual(faults, [])
})

test('an owner opens a link and sees one computer; a responder takes it back; an admin sees who did, and ends their session', async t => {
  const { url, database } = await serve(t, {
    people: [
      { name: 'ada', role: 'admin' },
      { name: 'nana', role: 'responder' },
    ],
  })
  await withClient(database.database, 'owner', client =>
    addNode(client, { nodeId: 'kitchen', name: 'Kitchen laptop', environment: 'prod', heartbeatIntervalS: 60 }),
  )
  const browser = await openBrowser(t)
  const enter = async (name: string, address: string) => {
    const page = await (await openContext(browser, LOOKS[0]!)).newPage()
    await visit(page, url + address)
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    return page
  }
  const nana = await enter('nana', '/nodes/kitchen')
  assert.equal(await nana.getByRole('link', { name: 'People' }).count(), 0)
  await nana.getByRole('button', { name: 'Make a link' }).click()
  const link = (await nana.locator('.snippet pre').textContent()) ?? ''
  await settled(nana)
  await picture(nana, 'node-link')
  await assertSound(nana, 'node-link')

  for (const looks of WIDTHS) {
    const owner = await (await openContext(browser, looks)).newPage()
    const faults = faultsOf(owner)
    await visit(owner, link)
    await owner.getByText('It has not reported yet').waitFor()
    const title = `own-node-${looks.width}-${looks.theme}`
    await picture(owner, title)
    await assertSound(owner, title)
    assert.equal(await owner.locator('a').count(), 0)
    assert.deepEqual(faults, [])
    if (looks !== WIDTHS.at(-1)) continue
    await nana.getByRole('button', { name: 'Revoke' }).click()
    await nana.getByRole('button', { name: 'Yes' }).click()
    await nana.getByText('No link shows this node').waitFor()
    await owner.reload()
    await owner.getByText('This link does not work any more').waitFor()
    await picture(owner, 'own-node-ended')
  }

  const ada = await enter('ada', '/people')
  await ada.getByText('revoke-node-link').waitFor()
  for (const { width, theme } of WIDTHS) {
    await ada.setViewportSize({ width, height: 900 })
    await ada.emulateMedia({ colorScheme: theme })
    await settled(ada)
    await picture(ada, `people-${width}-${theme}`)
    await assertSound(ada, `people-${width}-${theme}`)
  }
  await ada.setViewportSize({ width: 1440, height: 900 })
  await ada.getByRole('row', { name: /^nana/ }).getByRole('button', { name: 'Sign out' }).click()
  const at = performance.now()
  await nana.getByLabel('Password').waitFor()
  console.log(`signed out by an admin, the open page says so after ${Math.round(performance.now() - at)} ms`)
})
