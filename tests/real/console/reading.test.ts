import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withClient } from '../../../store/connect.ts'
import { assertSound, faultsOf, LOOKS, openBrowser, openContext, picture, settled, visit } from './browser.ts'
import { type Served, serve } from './served.ts'

const HOSTILE = '<script>window.isHit=true</script><img src=x onerror="window.isHit=true">\u202egnihtemos\u001b[2J'

async function askFor<T>(url: string, question: string): Promise<T> {
  const response = await fetch(`${url}/console/api/${question}`)
  return ((await response.json()) as { data: T }).data
}

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const CALL = {
  ...{ environment: 'prod', callerKind: 'service', calleeKind: 'service', release: null, isAsync: false },
  ...{ calls: 36, errors: 4, avgMs: 20, p50Ms: 12, p95Ms: 441, p99Ms: 500, traceId: null },
}
const MAP = {
  nodes: [
    { name: 'web', kind: 'service' },
    { name: 'pay', kind: 'service' },
    { name: 'postgresql/pay', kind: 'database' },
  ],
  edges: [
    { ...CALL, caller: 'web', callee: 'pay' },
    { ...CALL, caller: 'pay', callee: 'postgresql/pay', calleeKind: 'database', errors: 0 },
  ],
}

/** What only these pages show. */
function fill({ database }: Served): Promise<void> {
  return withClient(database.database, 'owner', async client => {
    await client.query(`
      INSERT INTO test_runs (timestamp, run_id, repository, branch, commit_sha, source, attempt, total_tests, passed_tests, failed_tests, skipped_tests,
        duration_ms, environment, attributes, resource_id, scope_id)
      SELECT now() - n * interval '1 minute', 'r-' || n, 'acme/shop', 'main', 'c0ffee', CASE n % 2 WHEN 1 THEN 'ci' ELSE 'local' END, 1, 9, 9 - n % 2, n % 2,
        0, 1000 * n, 'ci', '{}', 1, 1 FROM generate_series(1, 6) n;
      INSERT INTO slo_status VALUES ('charges-go-well', 'pay', 'prod', 0.99, 30, 1000, 7, 0.3, 'fast', now());
      INSERT INTO slo_burns VALUES ('b', 'charges-go-well', 'pay', 'prod', 'fast', 'critical', now() - interval '2 days', now() - interval '1 day', false, 20, 0.4,
        'pay: the error budget burns 20 times too fast', 1, now());
      INSERT INTO node_registry (node_id, name, key_hash) VALUES ('kitchen', 'Kitchen laptop', 'x')`)
    await client.query(
      `INSERT INTO test_failures (timestamp, run_id, repository, commit_sha, test_name, outcome, attempt, error_message, error_stack, environment, attributes, resource_id, scope_id)
       VALUES (now() - interval '1 minute', 'r-1', 'acme/shop', 'c0ffee', $1, 'failed', 1, $1, $1, 'ci', '{}', 1, 1)`,
      [HOSTILE],
    )
    await client.query(
      `INSERT INTO node_telemetry (node_id, type, payload, severity, created_at, message, service, environment, attributes, resource_id, scope_id)
       VALUES ('kitchen', 'crash_report', '{}', 'critical', now() - interval '1 second', $1, 'node', 'prod', '{}', 1, 1)`,
      [HOSTILE],
    )
  })
}

test('where the time of a question ran out, the list looks further back by itself and says how far it came', async t => {
  const { url } = await serve(t)
  const browser = await openBrowser(t)
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  const reached = new Date(Date.now() - 60_000).toISOString()
  const goingOn = Promise.withResolvers<void>()
  // As a store answers that is too large to be looked through at once.
  await page.route('**/console/api/records?**', async route => {
    if (route.request().url().includes('before=')) await goingOn.promise
    else {
      const body = (await (await route.fetch()).json()) as { data: object } // as the server writes it
      return route.fulfill({
        json: { ...body, data: { ...body.data, rows: [], hasMore: true, lookedBackTo: reached } },
      })
    }
    assert.equal(new URL(route.request().url()).searchParams.get('before'), reached)
    return route.continue()
  })
  await page.goto(`${url}/search?range=1h&q=level:error`)
  await page.getByText('and going on').waitFor()
  goingOn.resolve()
  await page.locator('.record-row[aria-pressed]').first().waitFor()
  await page.getByText('and going on').waitFor({ state: 'detached' })
})

test('search, traces, services and the other pages of reading: sound at every width, and each leads on to the next', async t => {
  const served = await serve(t)
  const { url } = served
  await fill(served)
  const browser = await openBrowser(t)
  const failed = await askFor<{ rows: { trace_id: string; span_id: string }[] }>(
    url,
    'records?q=kind:span%20level:error%20service:pay',
  )
  const { trace_id: trace, span_id: span } = failed.rows[0]!

  await t.test('nothing sticks out, axe finds nothing serious, no error', async () => {
    const pages = [
      ['search', '/search?range=1h'],
      ['search-record', '/search?range=1h&q=level:error', '.record-row[aria-pressed], .record-narrow'],
      ['patterns', '/search?range=1h&view=patterns'],
      ['meaning', '/search?range=1h&view=meaning&q=no+rate+for+a+currency'],
      ['faults', '/search?q=servce:pay'],
      ['trace', `/traces/${trace}?span=${span}`],
      ['trace-compared', `/traces/${trace}?view=compare`],
      ['services', '/services?range=1h'],
      ['service', '/services/pay?range=1h'],
      ['operation', '/services/pay/operations/POST%20%2Fcharge?range=1h'],
      ['slos', '/slos'],
      ['objective', '/slos/shop-checkout'],
      ['deploys', '/deploys?range=1h'],
      ['tests', '/tests?range=1h'],
      ['test-run', '/tests/r-1'],
      ['nodes', '/nodes'],
      ['node', '/nodes/kitchen'],
      ['my-node', '/my-node/kitchen'],
      ['books', '/sensorium'],
    ] as const
    for (const looks of [LOOKS[0]!, LOOKS[4]!]) {
      const page = await (await openContext(browser, looks)).newPage()
      const faults = faultsOf(page)
      for (const [name, address, opens] of pages) {
        const title = `${name}-${looks.width}-${looks.theme}`
        await visit(page, url + address)
        if (opens !== undefined) await page.locator(opens).nth(1).click()
        await settled(page)
        await picture(page, title)
        await assertSound(page, title)
        assert.equal(await page.evaluate('window.isHit'), undefined, title)
      }
      assert.deepEqual(faults, [])
      await page.context().close()
    }
  })

  await t.test(
    'by the keyboard: a question from anywhere, a record, its trace, the error in it, what a good one does',
    async () => {
      const page = await (await openContext(browser, LOOKS[0]!)).newPage()
      await visit(page, `${url}/?range=1h`)
      await page.keyboard.press('Control+k')
      const field = page.getByRole('searchbox', { name: 'Search all records' })
      await field.waitFor()
      await page.keyboard.type('service:pay level:error kind:span')
      await page.waitForURL(/q=service%3Apay\+level%3Aerror\+kind%3Aspan/)
      await page.locator('.record-row[aria-pressed]').first().waitFor()
      await page.locator('h1').focus()
      await page.keyboard.press('j')
      await page.getByRole('link', { name: 'Its trace' }).click()
      await page.waitForURL('**/traces/**')
      await page.getByRole('complementary', { name: 'The span' }).waitFor()
      await page.locator('h1').focus()
      await page.keyboard.press('Escape')
      await page.getByRole('complementary', { name: 'The span' }).waitFor({ state: 'detached' })
      await page.keyboard.press('e')
      await page.getByRole('complementary', { name: 'The span' }).locator('.badge.bad').first().waitFor()
      await page.keyboard.press('c')
      await page.waitForURL(/critical=1/)
      await page.getByRole('button', { name: 'Against a good one' }).click()
      await page.getByText('the median of those that went well').waitFor()
      await page.getByRole('link', { name: 'Many of this operation' }).click()
      await page.getByText('laid over one another').first().waitFor()
      await page.context().close()
    },
  )

  await t.test('the map is whole at every width, is looked at closer and moved, and is a list on a phone', async () => {
    const page = await (await openContext(browser, LOOKS[3]!)).newPage()
    // As a store answers that has seen calls.
    await page.route('**/console/api/services?**', async route => {
      const body = (await (await route.fetch()).json()) as { data: { map: object } } // as the server writes it
      await route.fulfill({ json: { ...body, data: { ...body.data, map: MAP } } })
    })
    await visit(page, `${url}/services?range=1h`)
    const map = page.getByRole('region', { name: 'Map of services' })
    const seen = async () => (await map.locator('svg').getAttribute('viewBox'))!.split(' ').map(Number)
    const [, , width] = await seen()
    assert.ok(width! > 390, 'it is wider than the phone')
    for (const { x: left, width: shown } of await Promise.all(
      (await map.locator('.map-node').all()).map(async node => (await node.boundingBox())!),
    ))
      assert.ok(left >= 0 && left + shown <= 390, 'it is whole at first')
    await picture(page, 'map-390')
    await assertSound(page, 'map-390')
    await page.getByRole('region', { name: 'Connections' }).locator('tr', { hasText: 'web → pay' }).waitFor()

    await map.getByRole('button', { name: 'Closer' }).click()
    const [x, , closer] = await seen()
    assert.ok(closer! < width!)
    const { x: atX, y: atY } = (await map.locator('svg').boundingBox())!
    await page.mouse.move(atX + 100, atY + 20)
    await page.mouse.down()
    await page.mouse.move(atX + 40, atY + 20, { steps: 4 })
    await page.mouse.up()
    assert.ok((await seen())[0]! > x!, 'dragged to the left, what is to the right of it comes')
    assert.equal(new URL(page.url()).pathname, '/services', 'a drag follows no link')
    await map.focus()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('0')
    assert.deepEqual((await seen()).slice(2), [width, (await seen())[3]])
    await page.context().close()
  })

  await t.test('a mark on the line of deploys leads to what came of it', async () => {
    const page = await (await openContext(browser, LOOKS[0]!)).newPage()
    await visit(page, `${url}/deploys?range=1h`)
    await page.locator('.lane-mark').first().click()
    await page.waitForURL(/#/)
    assert.equal(await page.locator('.deploys li:target').count(), 1)
    await page.context().close()
  })

  await t.test('a click on a facet filters, the address has it, and back takes it away', async () => {
    const page = await (await openContext(browser, LOOKS[0]!)).newPage()
    await visit(page, `${url}/search?range=1h`)
    await page
      .getByRole('complementary', { name: 'Filters' })
      .getByRole('button', { name: /^error/ })
      .click()
    await page.waitForURL(/q=level%3Aerror/)
    assert.equal(await page.getByRole('searchbox', { name: 'Search all records' }).inputValue(), 'level:error')
    await page.getByRole('button', { name: /^Patterns/ }).click()
    await page.locator('.patterns li').first().waitFor()
    await page.goBack()
    await page.locator('.record-row[aria-pressed]').first().waitFor()
    await page.context().close()
  })

  await t.test('a live tail shows what comes in, and what it holds does not grow', async () => {
    const page = await (await openContext(browser, LOOKS[0]!)).newPage()
    await visit(page, `${url}/search?q=service:tail&live=1`)
    for (let round = 1; round <= 15; round++) {
      const logRecords = Array.from({ length: 200 }, (_, i) => ({
        timeUnixNano: nanos(),
        severityNumber: 9,
        body: { stringValue: `round ${round} line ${i}` },
      }))
      const attributes = [{ key: 'service.name', value: { stringValue: 'tail' } }]
      await post(`${served.otlp}/v1/logs`, {
        resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }],
      })
      await page.locator('.record-row').getByText(`round ${round} line`).first().waitFor()
    }
    assert.ok((await page.locator('.record-row').count()) < 120)
    const [, count] = /(\d+) records/.exec((await page.locator('.virtual').getAttribute('aria-label')) ?? '') ?? []
    assert.ok(Number(count) <= 2_000, `${count} rows are held`)
    await page.context().close()
  })
})

const nanos = () => String(BigInt(Date.now()) * 1_000_000n)
