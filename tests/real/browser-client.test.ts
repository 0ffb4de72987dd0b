import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as later } from 'node:timers/promises'
import { environmentOf, freePorts, runCommand, startSensorium } from '../sensorium-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { openTab } from './chromium.ts'
import { echo, listen, servePortal } from './portal.ts'

/** Sensorium with its OTLP door open for one origin. */
async function startFor(t: TestContext, origin: string) {
  const folder = temporaryFolder('browser-client')
  const ports = await freePorts()
  const config = path.join(folder, 'sensorium.yaml')
  await writeFile(
    config,
    `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${ports.http}
        cors: { allowed_origins: ["${origin}"] }
exporters:
  timescale:
service:
  http: { endpoint: "127.0.0.1:${ports.application}" }
  database: { data_dir: ${path.join(folder, 'postgres')}, port: ${ports.database} }
  pipelines:
    logs: { receivers: [otlp], exporters: [timescale] }
    traces: { receivers: [otlp], exporters: [timescale] }
`,
  )
  const sensorium = await startSensorium({ ports, environment: {}, config })
  t.after(() => sensorium.end('SIGTERM'))
  return {
    endpoint: `http://127.0.0.1:${ports.http}`,
    async rows(sql: string): Promise<Record<string, unknown>[]> {
      const { stdout, stderr } = await runCommand(['sql', sql, '--json', '--config', config], environmentOf(ports))
      assert.equal(stderr, '')
      return JSON.parse(stdout)
    },
  }
}

const LOGS = `SELECT event_name, level, message, error_type, error_message, error_stack, trace_id, service, environment,
  context FROM application_logs ORDER BY "timestamp"`
const SPANS = `SELECT operation_name AS name, kind, status, trace_id, span_id, parent_span_id, duration_ms, attributes, links
  FROM trace_spans ORDER BY start_time_unix_nano`
/** The query of clients/browser/README.md. */
const PERCENTILES = `SELECT name, percentile_cont(0.75) WITHIN GROUP (ORDER BY value) AS p75
FROM (
  SELECT DISTINCT ON (name, id) name, value
  FROM application_logs, LATERAL (SELECT context->>'browser.web_vital.name' AS name,
    context->>'browser.web_vital.id' AS id, (context->>'browser.web_vital.value')::float AS value) vital
  WHERE event_name = 'browser.web_vital' AND service = 'portal'
  ORDER BY name, id, "timestamp" DESC
) last
GROUP BY name ORDER BY name`
const PAGE_TRACE = '0af7651916cd43dd8448eb211c80319c'

test('what happens in a page of Chromium is in Sensorium, and nothing of who uses it', async t => {
  let endpoint = ''
  const [friend, stranger] = [await listen(t, echo), await listen(t, echo)]
  const portal = await servePortal(
    t,
    () =>
      `{ service: 'portal', version: '2.0', environment: 'test', endpoint: '${endpoint}', propagateTo: ['${friend}/'] }`,
  )
  const sensorium = await startFor(t, portal)
  endpoint = sensorium.endpoint
  const tab = await openTab(t)
  await tab.goTo(`${portal}/orders?card=4111#jane`)
  await tab.evaluate('new Promise(resolve => setTimeout(resolve, 50))')

  const said = await tab.evaluate(`Promise.all([
    fetch('/echo/own').then(answer => answer.text()),
    fetch(new Request('${friend}/echo/friend', { method: 'POST', body: 'card 4111' })).then(answer => answer.text()),
    fetch('${stranger}/echo/stranger').then(answer => answer.text()),
    fetch('/echo/broken').then(answer => String(answer.status)),
    fetch('http://127.0.0.1:1/nobody').catch(error => error.name),
    new Promise(resolve => {
      const xhr = new XMLHttpRequest()
      xhr.open('PUT', '/echo/xhr?card=4111')
      xhr.onload = () => resolve(xhr.responseText)
      xhr.send()
    }),
  ])`)
  await tab.evaluate(`history.pushState({}, '', '/orders/paid?card=4111')
    setTimeout(() => { throw new TypeError('no price at ' + location.href) })
    Promise.reject('of jane'.slice(0, 2) + ' no avail')
    fetch('http://127.0.0.1:1/unhandled')
    telemetry.recordError(new RangeError('caught', { cause: new Error('the reason') }))
    new Promise(resolve => setTimeout(resolve, 100))`)
  await tab.click('[data-testid=pay]')
  await tab.evaluate('new Promise(resolve => setTimeout(resolve, 300))')
  // Leaving the page is what sends the rest.
  await tab.goTo(`${stranger}/bye`)

  const logs = await eventually(
    () => sensorium.rows(LOGS),
    rows => rows.filter(row => row.event_name === 'browser.web_vital').length >= 5,
  )
  const spans = await sensorium.rows(SPANS)
  const percentiles = await sensorium.rows(PERCENTILES)
  assert.doesNotMatch(JSON.stringify([logs, spans]), /4111|[Jj]ane/)

  await t.test('requests are spans, and their servers can join them', () => {
    const at = (end: string) => {
      const found = spans.filter(span => String((span.attributes as { 'url.full': string })['url.full']).endsWith(end))
      assert.equal(found.length, 1, `${found.length} spans for ${end}`)
      return found[0]!
    }
    const sentTo = (end: string) => `00-${at(end).trace_id}-${at(end).span_id}-01`
    const [own, ofFriend, ofStranger, broken, nobody, xhr] = said as string[]
    assert.equal(own, sentTo('/echo/own'))
    assert.equal(ofFriend, sentTo('/echo/friend'))
    assert.equal(ofStranger, 'none')
    assert.equal(xhr, sentTo('/echo/xhr'))
    assert.deepEqual([broken, at('/echo/broken').status], ['500', 'error'])
    assert.deepEqual([nobody, at('/nobody').status], ['TypeError', 'error'])
    assert.deepEqual([at('/echo/friend').name, at('/echo/xhr').name, at('/echo/own').kind], ['POST', 'PUT', 'client'])
    const [load] = spans.filter(({ name }) => name === 'documentLoad')
    assert.deepEqual([load!.trace_id, load!.parent_span_id], [PAGE_TRACE, 'b7ad6b7169203331'])
    assert.ok(Number(load!.duration_ms) > 0)
    assert.deepEqual([at('/echo').trace_id, at('/echo').parent_span_id], [PAGE_TRACE, load!.span_id])
    assert.equal(spans.filter(({ name, trace_id }) => name === 'documentFetch' && trace_id === PAGE_TRACE).length, 1)
    assert.notEqual(at('/echo/own').trace_id, PAGE_TRACE)
    assert.match(JSON.stringify(at('/echo/own').links), new RegExp(String(load!.span_id)))
  })

  await t.test('errors are log records with their type, message and stack', () => {
    const errors = logs.filter(({ level }) => level === 'error')
    const told = errors.map(row => [row.event_name, row.error_type, row.error_message, row.trace_id])
    assert.deepEqual(told.sort(), [
      ['exception', 'RangeError', 'caught', PAGE_TRACE],
      ['exception', 'TypeError', 'Failed to fetch', PAGE_TRACE],
      ['exception', 'TypeError', `no price at ${portal}/orders/paid`, PAGE_TRACE],
      ['exception', 'string', 'of no avail', PAGE_TRACE],
    ])
    const caught = errors.find(({ error_type }) => error_type === 'RangeError')
    assert.match(String(caught!.error_stack), /^RangeError: caught\n.*\nCaused by: Error: the reason\n/s)
  })

  await t.test('what people do and how fast the page was are events', () => {
    const contextOf = (row: Record<string, unknown>) => row.context as Record<string, unknown>
    const told = logs
      .filter(({ event_name }) => String(event_name).startsWith('browser.') && event_name !== 'browser.web_vital')
      .map(row => [row.event_name, row.message, contextOf(row)['url.full']])
    const paid = `${portal}/orders/paid`
    assert.deepEqual(told, [
      ['browser.navigation', `navigation to ${paid}`, paid],
      ['browser.user_action.click', 'click body>form#payment>button[pay]', paid],
      ['browser.user_action.submit', 'submit html>body>form#payment', paid],
    ])
    const vitals = new Map(
      logs
        .filter(({ event_name }) => event_name === 'browser.web_vital')
        .map(row => [contextOf(row)['browser.web_vital.name'], Number(contextOf(row)['browser.web_vital.value'])]),
    )
    assert.deepEqual([...vitals.keys()].sort(), ['cls', 'fcp', 'inp', 'lcp', 'ttfb'])
    assert.deepEqual(
      percentiles,
      [...vitals].map(([name, p75]) => ({ name, p75 })).sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
    )
    for (const name of ['ttfb', 'fcp', 'lcp']) assert.ok(vitals.get(name)! > 0, `${name} ${vitals.get(name)}`)
    assert.ok(vitals.get('inp')! >= 80, `the handler alone took 80 ms, inp says ${vitals.get('inp')}`)
    assert.equal(new Set(logs.map(row => contextOf(row)['session.id'])).size, 1)
    assert.deepEqual(new Set(logs.map(row => `${row.service} ${row.environment}`)), new Set(['portal test']))
  })
})

test('a page whose Sensorium is away works as ever, and what waited arrives when it is back', async t => {
  let isAway = true
  const bodies: string[] = []
  const endpoint = await listen(t, (request, response) => {
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' }
    if (request.method === 'OPTIONS') return response.writeHead(204, headers).end()
    if (isAway) return request.destroy()
    let body = ''
    request.setEncoding('utf8').on('data', text => {
      body += text
    })
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(200, headers).end('{}')
    })
  })
  const portal = await servePortal(t, () => `{ service: 'portal', endpoint: '${endpoint}' }`)
  const tab = await openTab(t)
  await tab.goTo(`${portal}/`)
  assert.equal(await tab.evaluate('telemetry.flush(300)'), false)
  assert.match(
    String(await tab.evaluate(`fetch('/echo').then(answer => answer.text())`)),
    /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
  )
  isAway = false
  assert.equal(await tab.evaluate('telemetry.flush(5000)'), true)
  const { pending, sent, dropped } = (await tab.evaluate('telemetry.status()')) as Record<string, number>
  assert.deepEqual([pending, dropped], [0, 0])
  const records = bodies.join('').match(/"spanId"|"eventName":"browser/g)!
  assert.ok(sent! >= 5 && records.length >= sent!, `${sent} sent, ${records.length} arrived`)
  assert.doesNotMatch(tab.console.join('\n'), /exceptionThrown|Uncaught/)
  assert.match(tab.console.join('\n'), /telemetry: traces: cannot deliver/)
})

/** Asks until the answer is as wanted, or gives the last answer after 15 s. */
async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const endMs = performance.now() + 15_000
  for (;;) {
    const answer = await ask()
    if (isWanted(answer) || performance.now() > endMs) return answer
    await later(250)
  }
}
