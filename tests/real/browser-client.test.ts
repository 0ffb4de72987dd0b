import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as later } from 'node:timers/promises'
import { openTab, type Tab } from './chromium.ts'
import { echo, listen, servePortal } from './portal.ts'
import { startForPages } from './sensorium-for-pages.ts'

/** 30 s by hand: CLIENT_OUTAGE_S=30 npm test -- --real browser-client */
const OUTAGE_MS = Number(process.env.CLIENT_OUTAGE_S ?? 3) * 1000
const EACH = 40
/** A call that waited for Sensorium would take the 10 s of a request; what is measured has the browser's own work in it. */
const CALL_MS_MAX = 1_000

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

/** What the client sees, it sees before this: its listeners are older. */
/** The press of a button is an interaction of its own and may be told before the click, whose handler takes 80 ms. */
const WATCH = `window.seen = { errors: 0, slowest_ms: 0 }
  for (const type of ['error', 'unhandledrejection']) addEventListener(type, () => { seen.errors += 1 })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (entry.interactionId > 0) seen.slowest_ms = Math.max(seen.slowest_ms, entry.duration)
  }).observe({ type: 'event', durationThreshold: 16 })`

async function untilTrue(tab: Tab, condition: string): Promise<void> {
  while ((await tab.evaluate(condition)) !== true);
}

test('what happens in a page of Chromium is in Sensorium, and nothing of who uses it', async t => {
  const [friend, stranger] = [await listen(t, echo), await listen(t, echo)]
  let portal = ''
  const sensorium = await startForPages(t, async endpoint => {
    const options = `{ service: 'portal', version: '2.0', environment: 'test', endpoint: '${endpoint}', propagateTo: ['${friend}/'] }`
    portal = await servePortal(t, () => options)
    return portal
  })
  const tab = await openTab(t)
  await tab.goTo(`${portal}/orders?card=4111#jane`)
  // The load is told in the turn after its event.
  await tab.evaluate('new Promise(resolve => setTimeout(resolve))')

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
  await tab.evaluate(WATCH)
  await tab.evaluate(`history.pushState({}, '', '/orders/paid?card=4111')
    setTimeout(() => { throw new TypeError('no price at ' + location.href) })
    Promise.reject('of jane'.slice(0, 2) + ' no avail')
    fetch('http://127.0.0.1:1/unhandled')
    telemetry.recordError(new RangeError('caught', { cause: new Error('the reason') }))`)
  await untilTrue(tab, 'seen.errors === 3')
  await tab.click('[data-testid=pay]')
  await untilTrue(tab, 'seen.slowest_ms >= 80')
  // The library scores an interaction in the next idle moment; one that a page is left upon before that is not told.
  await tab.evaluate('new Promise(resolve => requestIdleCallback(resolve, { timeout: 1500 }))')
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

test('a page that comes back from the cache of left pages is measured anew, under ids of its own', async t => {
  let portal = ''
  const sensorium = await startForPages(t, async endpoint => {
    portal = await servePortal(t, () => `{ service: 'portal', endpoint: '${endpoint}' }`)
    return portal
  })
  const tab = await openTab(t)
  await tab.goTo(`${portal}/`)
  await tab.evaluate('window.isTheSamePage = true')
  await tab.goTo(`${portal}/?other`)
  await tab.evaluate('setTimeout(() => history.back())')
  await untilTrue(tab, "location.search === '' && document.readyState === 'complete'")
  assert.equal(await tab.evaluate('window.isTheSamePage === true'), true, 'the browser keeps a page that was left')
  const vitals = await eventually(
    () => sensorium.rows(LOGS),
    rows => rows.some(({ context }) => navigationOf(context) === 'back-forward-cache'),
  )
  const found = vitals.filter(({ event_name }) => event_name === 'browser.web_vital')
  const back = found.filter(({ context }) => navigationOf(context) === 'back-forward-cache')
  assert.ok(back.length > 0, JSON.stringify(found))
  const idOf = ({ context }: Record<string, unknown>) => (context as Record<string, string>)['browser.web_vital.id']
  const before = new Set(found.filter(row => !back.includes(row)).map(idOf))
  for (const row of back) assert.ok(!before.has(idOf(row)))
})

const navigationOf = (context: unknown) => (context as Record<string, string>)['browser.web_vital.navigation_type']

/** Requests and addresses, each with a number, and the longest time that one call took of the page. */
const work = (from: number) => `(async () => {
  let slowestMs = 0
  const timed = call => {
    const begin = performance.now()
    const result = call()
    slowestMs = Math.max(slowestMs, performance.now() - begin)
    return result
  }
  const answers = []
  for (let n = ${from}; n < ${from + EACH}; n++) {
    answers.push(timed(() => fetch('/echo/' + n).then(answer => answer.text())))
    timed(() => history.pushState({}, '', '/step/' + n))
  }
  const traced = (await Promise.all(answers)).filter(text => /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/.test(text))
  return { slowestMs, traced: traced.length }
})()`

interface Worked {
  readonly slowestMs: number
  readonly traced: number
}

test(`a page whose Sensorium is killed and away for ${OUTAGE_MS / 1000} s works as ever and loses nothing`, async t => {
  let portal = ''
  const sensorium = await startForPages(t, async endpoint => {
    portal = await servePortal(t, () => `{ service: 'portal', endpoint: '${endpoint}' }`)
    return portal
  })
  const tab = await openTab(t)
  await tab.goTo(`${portal}/`)
  const done: Worked[] = []
  const go = async (from: number) => done.push((await tab.evaluate(work(from))) as Worked)
  await go(0)
  await sensorium.kill()
  await go(EACH)
  assert.equal(await tab.evaluate('telemetry.flush(300)'), false)
  await later(OUTAGE_MS)
  await sensorium.start()
  await go(2 * EACH)
  assert.equal(await tab.evaluate('telemetry.flush(60000)'), true)
  const { pending, dropped } = (await tab.evaluate('telemetry.status()')) as Record<string, number>
  assert.deepEqual([pending, dropped], [0, 0])
  assert.deepEqual(
    done.map(({ traced }) => traced),
    [EACH, EACH, EACH],
  )
  const [stored] = await sensorium.rows(`SELECT
    (SELECT count(DISTINCT attributes->>'url.full')::int FROM trace_spans WHERE attributes->>'url.full' LIKE '%/echo/%') AS requests,
    (SELECT count(DISTINCT message)::int FROM application_logs WHERE event_name = 'browser.navigation') AS addresses`)
  assert.deepEqual(stored, { requests: 3 * EACH, addresses: 3 * EACH })
  assert.doesNotMatch(tab.console.join('\n'), /exceptionThrown|Uncaught/)
  assert.match(tab.console.join('\n'), /telemetry: traces: cannot deliver/)
  t.diagnostic(`slowest call: ${Math.max(...done.map(({ slowestMs }) => slowestMs)).toFixed(1)} ms`)
})

test('a server that never answers delays no call of the page', async t => {
  const endpoint = await listen(t, () => {})
  const portal = await servePortal(t, () => `{ service: 'portal', endpoint: '${endpoint}' }`)
  const tab = await openTab(t)
  await tab.goTo(`${portal}/`)
  assert.equal(await tab.evaluate('telemetry.flush(100)'), false)
  const { slowestMs, traced } = (await tab.evaluate(work(0))) as Worked
  assert.equal(traced, EACH)
  assert.ok(slowestMs < CALL_MS_MAX, `${slowestMs} ms`)
  t.diagnostic(`slowest call: ${slowestMs.toFixed(1)} ms`)
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
