import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CAUSE_ID } from '../../../mcp/testing/incident.ts'
import { begin, call, openModelServer, say } from '../../../pipeline/agent/testing/model-server.ts'
import { assertSound, faultsOf, LOOKS, openBrowser, openContext, picture, settled, visit } from './browser.ts'
import { INCIDENT_ID, serve } from './served.ts'

const HOSTILE = '<img src=x onerror="window.isHit=true"><script>window.isHit=true</script>\u202e\u001b[2J'

test('a model is asked in the page: its calls, its words, what no row has, a stop, and rules where it is away', async t => {
  const model = await openModelServer(say('Nothing more is known.'))
  t.after(model.close)
  const { url } = await serve(t, { environment: { SENSORIUM_AGENT_URL: model.url, SENSORIUM_AGENT_MODEL: 'qwen' } })
  const browser = await openBrowser(t)
  for (const looks of [LOOKS[0]!, LOOKS[4]!]) {
    const page = await (await openContext(browser, looks)).newPage()
    const faults = faultsOf(page)
    const [field, button] = [
      page.getByRole('searchbox', { name: 'Your question' }),
      page.getByRole('button', { name: 'Ask' }),
    ]
    const title = (name: string) => `ask-${name}-${looks.width}-${looks.theme}`
    const asked = model.requests.length
    await visit(page, `${url}/chat?q=what+changed%3F&range=2h`)
    await page.getByText('qwen answers with the tools').waitFor()
    await page.getByText('Answered by').waitFor()
    assert.equal(model.requests.length, asked, 'an address alone costs no tokens')

    model.script.push(
      call({ name: 'list_recent_errors', args: { env: '*', minutes: 120 } }, { name: 'no_such_tool', args: {} }),
      say(`pay fails since release 9.9.9: problem ${CAUSE_ID}. ${HOSTILE}`),
    )
    await field.fill('Why does pay fail?')
    await button.click()
    await page.getByRole('note').getByText('9.9.9').waitFor()
    await settled(page)
    await page.locator('.tool-call summary').first().click()
    assert.match((await page.locator('.tool-call').first().textContent()) ?? '', /list_recent_errors.*card of order/s)
    await page.locator('.tool-call', { hasText: 'no_such_tool' }).getByText('not answered').waitFor()
    assert.equal(await page.locator('main script, main img').count(), 0)
    assert.equal(await page.evaluate('window.isHit'), undefined)
    await picture(page, title('answered'))
    await assertSound(page, title('answered'))

    // It begins and goes no further; who stops it ends the call of the model.
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    model.script.push(response => {
      begin(response).flushHeaders()
      response.once('close', ended.resolve)
      begun.resolve()
    })
    await field.fill('And since when?')
    await button.click()
    await begun.promise
    await page.getByRole('button', { name: 'Stop' }).click()
    await ended.promise
    await page.getByText('Stopped.').waitFor()
    await picture(page, title('stopped'))

    model.script.push(response => void response.writeHead(401).end('{"error":{"message":"no key"}}'))
    await field.fill('What is wrong?')
    await field.press('Enter')
    await page.getByText('This is what the rules say').waitFor()
    await page.getByText('Answered by').waitFor()
    await settled(page)
    await picture(page, title('rules'))
    await assertSound(page, title('rules'))

    await page.locator('.said').getByRole('link', { name: CAUSE_ID }).click()
    await page.waitForURL(`**/problems/${CAUSE_ID}*`)

    model.script.push(say(`It is ${CAUSE_ID}.`))
    const before = model.requests.length
    await visit(page, `${url}/incidents/${INCIDENT_ID}`)
    await page.getByRole('button', { name: 'Why?' }).click()
    await page.locator('.said').getByRole('link', { name: CAUSE_ID }).waitFor()
    assert.match(JSON.stringify(model.requests[before]!.body.messages), /about this incident: .*pay fails at POST/)
    await page.locator('.feedback').last().getByRole('button', { name: 'No' }).click()
    await page.getByText('Noted: wrong.').waitFor()
    await settled(page)
    await picture(page, title('incident'))
    await assertSound(page, title('incident'))
    assert.deepEqual(faults, [])
    await page.context().close()
  }
})
