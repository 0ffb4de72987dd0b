import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, batch, log, resource, span } from '../../../exporters/timescale/testing/records.ts'
import type { Batch } from '../../../pipeline/model/index.ts'
import { assertSound, faultsOf, LOOKS, openBrowser, openContext, picture, settled, visit } from './browser.ts'
import { ANOMALY_ID, fillHostile } from './hostile-rows.ts'
import { serve } from './served.ts'

const HOSTILE_ID = '00000000000000aa'
const MARKUP = `<img src=x onerror="window.isHit=true"><script>window.isHit=true</script><svg onload="window.isHit=true">{{7*7}}\${7*7}`
const ESCAPES = `\u001b[31mred\u001b[2J\u0007 \u202egnihtemos\u202c \u200bzero\u00ad width \ufeff`
const LONG = 'x'.repeat(1_000_000)
const JAVASCRIPT = 'javascript:window.isHit=true'

/** Every text that a page shows, as somebody would send it who means harm. */
function hostile(): Batch[] {
  const now = BigInt(Date.now()) * 1_000_000n
  const name = `${MARKUP}${ESCAPES}`
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`${MARKUP} ${i}`, `${ESCAPES} ${i}`]))
  const source = resource({
    'service.name': name.slice(0, 250),
    'deployment.environment.name': MARKUP.slice(0, 200),
    'service.version': `1.0 ${MARKUP}`.slice(0, 200),
    'host.name': JAVASCRIPT,
  })
  const stack = `${MARKUP}Error: ${name}\n    at ${MARKUP} (${JAVASCRIPT}:1:1)\n    at own (/srv/app/<b>.js:2:2)\n${'    at f (/srv/app/x.js:1:1)\n'.repeat(2_000)}`
  const fingerprint = { id: BigInt(`0x${HOSTILE_ID}`), kind: 'error', version: 1, template: `${name} <*>` } as const
  const records = Array.from({ length: 5 }, (_, i) => {
    const error = {
      'exception.type': MARKUP,
      'exception.message': name,
      'exception.stacktrace': stack,
      'user.id': name,
    }
    return log({
      resource: source,
      timeUnixNano: now - BigInt(i) * 60_000_000_000n,
      severityNumber: 17,
      body: i === 0 ? LONG : `${name} ${i}`,
      attributes: attributes(i === 1 ? { ...error, ...many } : error),
      traceId: '0123456789abcdef0123456789abcdef',
      spanId: `0123456789abcde${i}`,
      fingerprint,
    })
  })
  const spans = [
    span({
      resource: source,
      traceId: '0123456789abcdef0123456789abcdef',
      spanId: '0123456789abcdef',
      name,
      kind: 2,
      startTimeUnixNano: now - 60_000_000_000n,
      endTimeUnixNano: now - 59_000_000_000n,
      statusCode: 2,
      statusMessage: name,
      attributes: attributes(many),
    }),
  ]
  return [batch('logs', 'hostile-logs', records), batch('traces', 'hostile-spans', spans)]
}

const NAME = `${MARKUP}${ESCAPES}`
const SERVICE = encodeURIComponent(NAME.slice(0, 250))
const TRACE_ID = '0123456789abcdef0123456789abcdef'

/** Every page, with something of theirs on it; what is clicked first. */
const PAGES: readonly (readonly [name: string, address: string, opens?: string])[] = [
  ['home', '/?range=1h'],
  ['problem', `/problems/${HOSTILE_ID}?range=1h&sample=5`],
  ['problem-long', `/problems/${HOSTILE_ID}?range=1h&sample=1`],
  ['incident', '/incidents/hostile'],
  ['anomaly', `/anomalies/${ANOMALY_ID}`],
  ['report', '/reports/hostile'],
  ['search', '/search?range=1h', '.record-row[aria-pressed], .record-narrow'],
  [
    'search-attributes',
    `/search?range=1h&q=kind:span&columns=${encodeURIComponent(`${MARKUP} 1`)}`,
    '.record-row[aria-pressed], .record-narrow',
  ],
  ['search-patterns', '/search?range=1h&view=patterns'],
  ['search-typed', `/search?range=1h&q=${encodeURIComponent(NAME)}`],
  ['services', '/services?range=1h'],
  ['service', `/services/${SERVICE}?range=1h`],
  ['operation', `/services/${SERVICE}/operations/${encodeURIComponent(NAME)}?range=1h`],
  ['trace', `/traces/${TRACE_ID}?span=0123456789abcdef`],
  ['slos', '/slos'],
  ['objective', `/slos/${encodeURIComponent(NAME)}`],
  ['deploys', '/deploys?range=1h'],
  ['tests', '/tests?range=1h'],
  ['test-run', '/tests/hostile'],
  ['nodes', '/nodes'],
  ['node', '/nodes/hostile'],
  ['my-node', '/my-node/hostile'],
  ['people', '/people'],
  ['books', '/sensorium'],
]

test('hostile telemetry changes nothing on any page but what is shown', async t => {
  const { url, database } = await serve(t, { batches: hostile() })
  await fillHostile(database, NAME)
  const browser = await openBrowser(t)
  for (const looks of [LOOKS[0]!, LOOKS[3]!]) {
    const page = await (await openContext(browser, looks)).newPage()
    const faults = faultsOf(page)
    for (const [name, address, opens] of PAGES) {
      await visit(page, url + address)
      if (opens !== undefined) await page.locator(opens).first().click()
      await settled(page)
      // What was typed stands in the field, and finds nothing.
      if (name !== 'search-typed') await page.getByText('<script>').filter({ visible: true }).first().waitFor()
      const title = `hostile-${name}-${looks.width}`
      await picture(page, title)
      assert.equal(await page.evaluate('window.isHit'), undefined, title)
      assert.equal(
        await page.evaluate(`document.querySelectorAll('main script, main img, main a[href^="javascript"]').length`),
        0,
      )
      // What turns text round, hides it or moves a cursor is not in the page at all.
      assert.doesNotMatch(
        String(await page.evaluate('document.body.innerText')),
        /[\u0000-\u0008\u001b\u200b\u202a-\u202e\ufeff]/,
      )
      assert.ok(Number(await page.evaluate('document.documentElement.outerHTML.length')) < 400_000, title)
      await assertSound(page, title)
    }
    assert.deepEqual(faults, [])
  }
})
