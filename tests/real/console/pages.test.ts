import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from 'playwright-core'
import { CAUSE_ID, SYMPTOM_ID } from '../../../mcp/testing/incident.ts'
import { withClient } from '../../../store/connect.ts'
import { assertSound, faultsOf, LOOKS, openBrowser, openContext, picture, settled, visit } from './browser.ts'
import { INCIDENT_ID, PASSWORD, serve } from './served.ts'

/** Addresses of pages that have something to show in this store. */
const PAGES: readonly (readonly [name: string, address: string])[] = [
  ['home', '/?range=1h'],
  ['problem', `/problems/${CAUSE_ID}?range=1h`],
  ['incident', `/incidents/${INCIDENT_ID}`],
  ['ask', '/chat?q=what+changed%3F&range=2h'],
  ['nowhere', '/problems/00000000000000ff'],
]

test('every page is sound at every width, light and dark: nothing sticks out, axe finds nothing serious, no error', async t => {
  const { url } = await serve(t)
  const browser = await openBrowser(t)
  for (const looks of LOOKS) {
    const context = await openContext(browser, looks)
    const page = await context.newPage()
    const faults = faultsOf(page)
    for (const [name, address] of PAGES) {
      const title = `${name}-${looks.width}-${looks.theme}`
      await visit(page, url + address)
      await picture(page, title)
      await assertSound(page, title)
    }
    assert.deepEqual(faults, [])
    await context.close()
  }
})

test('what Home asks first is asked while the application loads, each once, and all of it is on the page', async t => {
  const { url } = await serve(t)
  const browser = await openBrowser(t)
  for (const address of [
    '/',
    '/?range=6h&env=production',
    '/?from=2026-08-01T10:00:00Z&to=2026-08-01T11:00:00Z&env=a%22%3Eb',
  ]) {
    const page = await (await openContext(browser, LOOKS[0]!)).newPage()
    const asked: string[] = []
    const late: string[] = []
    // With a stream of changes, it would be asked again after two seconds.
    await page.route('**/console/api/live', () => {})
    page.on('request', request => {
      const [, question] = /\/console\/api\/(.*)/.exec(request.url()) ?? []
      if (question === undefined || question === 'live') return
      asked.push(question)
      // What a script asks has this type; what the page names has not.
      if (request.resourceType() === 'fetch') late.push(question)
    })
    await visit(page, url + address)
    assert.equal(asked.length, 6, address)
    assert.deepEqual(late, [], address)
    assert.deepEqual(asked, [...new Set(asked)], address)
  }
})

test('by the keyboard alone: from home to the problem behind an incident and back, and what can be pressed is shown', async t => {
  const { url } = await serve(t)
  const browser = await openBrowser(t)
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  await visit(page, `${url}/?range=1h`)
  const tabTo = async (name: string) => {
    for (let n = 0; n < 80; n++) {
      await page.keyboard.press('Tab')
      const here = String(await page.evaluate('document.activeElement?.textContent'))
      if (here.includes(name)) return
    }
    throw new Error(`Tab does not come to ${name}`)
  }
  await tabTo('pay fails at POST /charge')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/incidents/${INCIDENT_ID}*`)
  await settled(page)
  await tabTo('The problem behind it')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/problems/${CAUSE_ID}*`)
  await page.getByText('The likely cause is a change of').waitFor()
  await page.getByText('sv-SE').first().waitFor()
  assert.match((await page.locator('.verdict').textContent()) ?? '', /pay .*2\.0/)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await picture(page, 'keys')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await page.getByRole('heading', { name: 'Now' }).waitFor()
  await page.goBack()
  await page.waitForURL(`**/problems/${CAUSE_ID}*`)
})

test('an incident is asked about on its page, by the rules, for its time; its findings stand by service', async t => {
  const { url, database } = await serve(t)
  const browser = await openBrowser(t)
  for (const looks of [LOOKS[0]!, LOOKS[4]!]) {
    const page = await (await openContext(browser, looks)).newPage()
    const faults = faultsOf(page)
    const title = `incident-asked-${looks.width}-${looks.theme}`
    await visit(page, `${url}/incidents/${INCIDENT_ID}`)
    const [origin, felt] = [page.locator('.members').first(), page.locator('.members').last()]
    await origin.getByText('NoRateError: no rate for SEK').waitFor()
    await felt.getByText('web', { exact: true }).click()
    await felt.getByText('saw 3 errors/min').waitFor()
    await page.getByRole('button', { name: 'Why?' }).click()
    await page.waitForURL(/q=Why/)
    await page.getByText('Answered by explain_failure').waitFor()
    await settled(page)
    assert.match(page.url(), new RegExp(`/incidents/${INCIDENT_ID}`))
    await page
      .locator('section.section', { has: page.locator('.ask') })
      .getByText('2.0')
      .first()
      .waitFor()
    await picture(page, title)
    await assertSound(page, title)
    await page.locator('.feedback').last().getByRole('button', { name: 'Yes' }).click()
    await page.getByText('Noted: right.').waitFor()
    assert.deepEqual(faults, [])
    await page.context().close()
  }
  const { rows } = await withClient(database.database, 'owner', client =>
    client.query("SELECT about, detail->>'claim' AS claim FROM console_actions WHERE action = 'feedback'"),
  )
  assert.deepEqual(rows, Array(2).fill({ about: 'chat/explain_failure', claim: 'Why?' }))
})

test('problems are merged and split after it was seen what that does, and never without', async t => {
  const { url } = await serve(t)
  const browser = await openBrowser(t)
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  const faults = faultsOf(page)
  await visit(page, `${url}/problems/${CAUSE_ID}?range=1h`)
  await page.getByRole('button', { name: 'Merge…' }).click()
  const dialog = page.getByRole('dialog')
  const keep = dialog.getByRole('button', { name: 'Keep it' })
  assert.ok(await keep.isDisabled())
  await dialog.getByLabel('The other problem').fill(SYMPTOM_ID)
  await dialog.getByLabel(/^Why/).fill('one trouble')
  await dialog.getByRole('button', { name: 'Preview' }).click()
  await dialog
    .getByText(/records? before, .* after/)
    .first()
    .waitFor()
  await picture(page, 'merge')
  await assertSound(page, 'merge')
  await keep.click()
  await page.getByRole('heading', { name: 'In the same group' }).waitFor()
  await page.getByRole('button', { name: 'Split…' }).click()
  await dialog.getByRole('button', { name: 'Preview' }).click()
  await dialog
    .getByText(/records? before, .* after/)
    .first()
    .waitFor()
  await keep.click()
  await page.getByRole('heading', { name: 'In the same group' }).waitFor({ state: 'detached' })
  assert.deepEqual(faults, [])
})

test('two people see what the other does without asking; a viewer has nothing to press; an ended session is said', async t => {
  const people = [
    { name: 'nana', role: 'responder' },
    { name: 'ole', role: 'responder' },
    { name: 'vera', role: 'viewer' },
  ] as const
  const { url, database } = await serve(t, { people })
  const browser = await openBrowser(t)
  const enter = async (name: string) => {
    const page = await (await openContext(browser, LOOKS[0]!)).newPage()
    await visit(page, `${url}/incidents/${INCIDENT_ID}`)
    if (name === 'nana') {
      await picture(page, 'sign-in')
      await assertSound(page, 'sign-in')
    }
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'pay fails' }).waitFor()
    return page
  }
  const [nana, ole, vera] = [await enter('nana'), await enter('ole'), await enter('vera')]
  assert.equal(await vera.getByRole('button', { name: 'Take it' }).count(), 0)
  await ole.getByText('nobody has taken it').waitFor()
  await nana.keyboard.press('a')
  await nana.getByLabel(/^Why/).fill('rolling back')
  await picture(nana, 'take')
  await nana.getByRole('dialog').getByRole('button', { name: 'Take the incident' }).click()
  const at = performance.now()
  await ole.getByText('rolling back').first().waitFor()
  console.log(`the other sees it after ${Math.round(performance.now() - at)} ms`)
  await picture(ole, 'taken')
  const { default: pg } = await import('pg')
  const client = new pg.Client(database.url)
  await client.connect()
  const { rows } = await client.query(
    "SELECT person, about, detail->>'why' AS why FROM console_actions WHERE action = 'incident'",
  )
  assert.deepEqual(rows, [{ person: 'nana', about: `incident/${INCIDENT_ID}`, why: 'rolling back' }])
  await client.query("UPDATE console_sessions SET ended_at = now() WHERE name = 'ole'")
  await client.end()
  await ole.goto(`${url}/?range=1h`)
  await ole.getByLabel('Password').waitFor()
  // What Home asks before its script runs is asked as nana.
  await nana.goto(`${url}/?range=1h`)
  await nana.getByRole('heading', { name: 'Now' }).waitFor()
  await settled(nana)
  assert.equal(await nana.getByLabel('Password').count(), 0)
})

test('the server’s death is said once, in words, and all parts of the page go on by themselves when it is back', async t => {
  const served = await serve(t)
  const browser = await openBrowser(t)
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  const banner = page.getByText('The server does not answer. This page goes on by itself')
  const live = page.getByText('Live', { exact: true })
  await visit(page, `${served.url}/?range=1h`)
  await page.evaluate('window.isTheSamePage = true')
  await served.kill()
  await banner.waitFor()
  await page.getByText('pay fails at POST /charge').first().waitFor()
  await picture(page, 'gone')
  await assertSound(page, 'gone')

  // It dies again while every part of the page is asking.
  const held: Route[] = []
  let isHolding = true
  await page.route(PARTS_OF_HOME, route => (isHolding ? void held.push(route) : route.continue()))
  const asked = ['home', 'services-now', 'changes', 'problems'].map(name => page.waitForRequest(`**/${name}?*`))
  await served.start()
  await live.waitFor()
  await Promise.all(asked)
  await served.kill()
  await banner.waitFor()
  isHolding = false
  const vain = page.waitForEvent('requestfailed', () => held.every(route => route.request().failure() !== null))
  await Promise.all(held.map(route => route.continue()))
  await vain
  assert.equal(await page.getByText(/not answer/i).count(), 1)
  await page.getByText('pay fails at POST /charge').first().waitFor()

  // Nor has it an answer to what was not asked before.
  await page.getByLabel('Time range').selectOption('6h')
  await page.locator('[aria-busy="true"]').first().waitFor()
  assert.equal(await page.getByText(/not answer/i).count(), 1)
  await served.start()
  await live.waitFor()
  await page.getByText('pay fails at POST /charge').first().waitFor()
  await settled(page)
  // Whatever says that something failed is an alert: none may stay, in any part of the page.
  await page.getByRole('alert').first().waitFor({ state: 'detached' })
  assert.equal(await page.evaluate('window.isTheSamePage'), true)
})

const PARTS_OF_HOME = /\/console\/api\/(?:home|services-now|changes|problems)\?/
