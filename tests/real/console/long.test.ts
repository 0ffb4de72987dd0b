import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import { LOOKS, openBrowser, openContext, picture, visit } from './browser.ts'
import { type Served, serve } from './served.ts'

const BIG_TRACE = 'b16'.padEnd(32, '0')
const BIG_SPANS = 10_000

test(`a trace of ${BIG_SPANS} spans is whole, holds a screenful of rows, and is scrolled to its end`, async t => {
  const served = await serve(t)
  const browser = await openBrowser(t)
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  await sendBigTrace(served)
  await visit(page, `${served.url}/traces/${BIG_TRACE}`)
  await page.locator('.span-row').first().waitFor()
  await page.getByText('10 k spans').first().waitFor()
  const debug = await page.context().newCDPSession(page)
  await debug.send('Performance.enable')
  for (let round = 0; round < 3; round++) {
    const before = await durations(debug)
    const { frames, worst } = (await page.evaluate(SCROLL)) as { frames: number; worst: number } // as it is written below
    const after = await durations(debug)
    const spent = Object.keys(after).map(name => `${name} ${Math.round(1000 * (after[name]! - before[name]!))} ms`)
    console.log(
      `${Math.round(frames)} frames a second while ${BIG_SPANS} spans are scrolled through, the slowest ${Math.round(worst)} ms; of ${SCROLL_MS} ms: ${spent.join(', ')}`,
    )
  }
  assert.ok((await page.locator('.span-row').count()) < 120)
  await page.locator('.virtual').evaluate(element => {
    element.scrollTop = element.scrollHeight
  })
  await page.locator('.span-row').getByText('the last of them').waitFor()
  await picture(page, 'trace-big')
})

async function durations(debug: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await debug.send('Performance.getMetrics')
  const wanted = ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration', 'TaskDuration']
  return Object.fromEntries(metrics.filter(({ name }) => wanted.includes(name)).map(({ name, value }) => [name, value]))
}

const SCROLL_MS = 2_000

/** Frames a second over two seconds of scrolling by a third of the window each frame. */
const SCROLL = `(async () => {
  const list = document.querySelector('.virtual')
  list.scrollTop = 0
  await new Promise(requestAnimationFrame)
  const start = performance.now()
  let [frames, worst, last] = [0, 0, start]
  while (performance.now() - start < ${SCROLL_MS}) {
    list.scrollTop += 200
    await new Promise(requestAnimationFrame)
    const now = performance.now()
    worst = Math.max(worst, now - last)
    last = now
    frames += 1
  }
  return { frames: (1000 * frames) / (performance.now() - start), worst }
})()`

async function sendBigTrace({ otlp }: Served): Promise<void> {
  const start = BigInt(Date.now() - 60_000) * 1_000_000n
  const idOf = (i: number) => (i + 1).toString(16).padStart(16, '0')
  const spans = Array.from({ length: BIG_SPANS }, (_, i) => ({
    traceId: BIG_TRACE,
    spanId: idOf(i),
    ...(i === 0 ? {} : { parentSpanId: idOf(i === BIG_SPANS - 1 ? 0 : Math.floor((i - 1) / 7)) }),
    name: i === BIG_SPANS - 1 ? 'the last of them' : `call ${'abcde'[i % 5]}`,
    kind: 1,
    startTimeUnixNano: String(start + BigInt(i) * 1_000_000n),
    endTimeUnixNano: String(start + BigInt(i === 0 ? 12_000 : i + 40) * 1_000_000n),
  }))
  const attributes = [{ key: 'service.name', value: { stringValue: 'batch' } }]
  for (let i = 0; i < BIG_SPANS; i += 2_500) {
    const { ok } = await fetch(`${otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: spans.slice(i, i + 2_500) }] }],
      }),
    })
    assert.ok(ok)
  }
}

/** A page asks every second and a half. */
const HOUR_OF_ASKS = 2_400
/**
 * The lists of the tail are at their limits after 20 asks; by then the browser has also compiled what runs each time
 * (0.3 MiB of code between 200 and 600 asks; no more from there to 4,800).
 */
const FULL_AFTER = 600
/** One reading is by up to a fifth off the next: rows of some asks before wait for the browser to let them go. */
const READINGS = 15
const ROWS = 200

test('an hour of a live tail takes no more memory than its first minutes, once they are at their fullest', async t => {
  const { url } = await serve(t)
  const browser = await openBrowser(t)
  const page = await (await openContext(browser, LOOKS[0]!)).newPage()
  // The clock runs as fast as the page can follow, and each time it asks all is new: 480,000 lines.
  await page.clock.install()
  let asked = 0
  const template = (await (await fetch(`${url}/console/api/records?range=1h`)).json()) as { data: object } // as the server writes it
  await page.route('**/console/api/records?**', async route => {
    asked += 1
    const rows = Array.from({ length: ROWS }, (_, i) => rowOf(asked, i))
    await route.fulfill({ json: { ...template, data: { ...template.data, rows, hasMore: false } } })
  })
  await page.goto(`${url}/search?live=1`)
  const debug = await page.context().newCDPSession(page)
  const until = async (count: number) => {
    while (asked < count) {
      await page.clock.runFor(1_500)
      await page.waitForTimeout(0)
    }
  }
  const heapAfter = async (count: number) => {
    const readings = []
    for (let n = READINGS - 1; n >= 0; n--) {
      await until(count - n)
      readings.push(await heapOf(debug))
    }
    return { used: middle(readings.map(({ used }) => used)), nodes: middle(readings.map(({ nodes }) => nodes)) }
  }
  const early = await heapAfter(FULL_AFTER)
  const late = await heapAfter(HOUR_OF_ASKS)
  console.log(
    `${mib(early.used)} MiB after 15 minutes, ${mib(late.used)} MiB after an hour; ${early.nodes} and ${late.nodes} nodes`,
  )
  assert.ok(late.used < 1.15 * early.used, `${mib(early.used)} MiB became ${mib(late.used)} MiB`)
  assert.ok(late.nodes < 1.15 * early.nodes, `${early.nodes} nodes became ${late.nodes}`)
  assert.ok((await shownRows(page)) < 120)
})

const shownRows = (page: Page) => page.locator('.record-row').count()
const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1)

function rowOf(round: number, i: number): object {
  const id = (BigInt(round) * 1_000n + BigInt(i)).toString(16).padStart(16, '0')
  const timestamp = new Date(Date.now() + round).toISOString()
  return {
    ...{
      kind: 'log',
      ref: id,
      id,
      timestamp,
      service: 'tail',
      environment: 'prod',
      level: 'info',
      trace_id: id.padStart(32, '0'),
    },
    message: `round ${round} line ${i} ${id.repeat(8)}`,
  }
}

async function heapOf(debug: CDPSession): Promise<{ readonly used: number; readonly nodes: number }> {
  for (let n = 0; n < 3; n++) await debug.send('HeapProfiler.collectGarbage')
  const { usedSize } = await debug.send('Runtime.getHeapUsage')
  const { nodes } = await debug.send('Memory.getDOMCounters')
  return { used: usedSize, nodes }
}
