import path from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { errorText } from '../../pipeline/errors.ts'
import { freePorts, startSensorium } from '../../tests/sensorium-process.ts'
import { openFilledStore, quantile, STORE_OPTIONS } from '../mcp/filled.ts'

/**
 * What people wait for at the console of a large store.
 *
 *   npm run bench:console -- --data DIR [--spans 5000000] [--logs 5000000] [--rounds 20] [--chromium PATH] [--json]
 *
 * Each question of the page Home and of a search is asked of a whole `sensorium start` over HTTP, each round of another
 * hour's end and with other words; then Home as one opens it, all its questions at once. With
 * --chromium, Home in a real browser: from the address to when the services stand there and nothing is awaited.
 * Reference, in the same run: the list of environments, which reads a few rows.
 */
const HOME_MAX_MS = 1_000
const SEARCH_MAX_MS = 500
const HOUR_MS = 3_600_000
/** The services are in their table, nothing is awaited, it was drawn, and the page has time for whoever uses it. */
const NOTE_WHEN_IT_STANDS = `
  const stands = () =>
    [...document.querySelectorAll('main td a')].some(link => /^service-\\d+$/.test(link.textContent)) &&
    document.querySelector('.skeleton') === null
  const note = () => document.documentElement.setAttribute('data-stands-at', Date.now())
  const look = () => requestAnimationFrame(stands() ? () => setTimeout(note) : look)
  requestAnimationFrame(look)`

const { values } = parseArgs({
  options: { ...STORE_OPTIONS, rounds: { type: 'string', default: '20' }, chromium: { type: 'string' } },
})
const data = values.data
if (data === undefined) throw new Error('--data DIR says where the store is kept: the console runs in another process')
const rounds = Number(values.rounds)
const { until, sizes, close } = await openFilledStore(values)
await close()

const ports = await freePorts()
const sensorium = await startSensorium({
  ports,
  environment: { SENSORIUM_DATA_DIR: path.resolve(data, 'postgres') },
})
const url = `http://127.0.0.1:${ports.application}`

const rangeOf = (n: number, hours = 1) => {
  const to = +until - n * 60_000
  return { from: new Date(to - hours * HOUR_MS).toISOString(), to: new Date(to).toISOString() }
}
const SEARCHES: Readonly<Record<string, (n: number) => string>> = {
  everything: () => '',
  'level:error service:S': n => `level:error service:service-${n % 20}`,
  'worker N': n => `worker ${n}`,
  'order N': n => `order ${sizes.logs - 1 - n * 97}`,
  'request:R': n => `request:req-${Math.floor(sizes.spans / 10) - 1 - n * 37}`,
  'deal_id:D': n => `deal_id:deal-${n * 91}`,
  'service:S duration:>300ms': n => `service:service-${n % 20} duration:>300ms`,
  'parcel timed out N': n => `parcel timed out ${n % 10}`,
}
const HOME = ['home', 'services-now', 'changes', 'problems', 'environments'] as const
const homeQuestion = (name: string, n: number) =>
  question(name, name === 'environments' ? {} : { ...rangeOf(n), ...(name === 'problems' ? { limit: 24 } : {}) })
const searchQuestion = (name: string, q: string, n: number, hours: number) =>
  question(name, { ...rangeOf(n, hours), q })

interface Measure {
  readonly name: string
  readonly target_ms: number | undefined
  ask(n: number): Promise<void>
}
const MEASURES: readonly Measure[] = [
  { name: 'reference', target_ms: undefined, ask: () => get(question('environments', {})) },
  ...HOME.map(name => ({ name, target_ms: HOME_MAX_MS, ask: (n: number) => get(homeQuestion(name, n)) })),
  { name: 'home as a whole', target_ms: HOME_MAX_MS, ask: n => together(HOME.map(name => homeQuestion(name, n))) },
  ...[1, 24].flatMap(hours =>
    ['records', 'record-counts', 'meaning'].flatMap(name =>
      Object.entries(SEARCHES)
        // What has no words has no meaning.
        .filter(([label]) => name !== 'meaning' || !/^everything|:/.test(label))
        .map(([label, q]) => ({
          name: `${name} of ${hours} h: ${label}`,
          target_ms: SEARCH_MAX_MS,
          ask: (n: number) => get(searchQuestion(name, q(n), n, hours)),
        })),
    ),
  ),
]

interface Row {
  readonly name: string
  readonly failures: number
  readonly first_ms: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly target_ms: number | undefined
}
const rows: Row[] = []
for (const { name, target_ms, ask } of MEASURES) {
  const times: number[] = []
  let failures = 0
  for (let n = 0; n < rounds; n++) {
    const from = performance.now()
    await ask(n).catch((error: unknown) => {
      failures += 1
      console.error(errorText(error))
    })
    times.push(performance.now() - from)
  }
  rows.push({
    ...{
      name,
      failures,
      first_ms: Math.round(times[0]!),
      p50_ms: quantile(times, 0.5),
      p95_ms: quantile(times, 0.95),
      target_ms,
    },
  })
}
if (values.chromium !== undefined) {
  const browser = await chromium.launch({ executablePath: values.chromium, args: ['--no-sandbox', '--disable-gpu'] })
  const times: number[] = []
  for (let n = 0; n < Math.ceil(rounds / 4); n++) times.push(await homeIn(browser, n))
  await browser.close()
  rows.push({
    ...{ name: 'home in a browser', failures: 0, first_ms: Math.round(times[0]!), target_ms: HOME_MAX_MS },
    ...{ p50_ms: quantile(times, 0.5), p95_ms: quantile(times, 0.95) },
  })
}
await sensorium.end('SIGTERM')

const missed = rows.filter(row => row.failures > 0 || (row.target_ms !== undefined && row.p95_ms > row.target_ms))
if (values.json) console.log(JSON.stringify({ ...sizes, rounds, rows }))
else console.table(rows)
for (const { name, p95_ms, target_ms } of missed)
  console.error(`${name}: p95 ${p95_ms} ms; ${target_ms} ms is the target`)
if (missed.length > 0) process.exitCode = 1

function question(name: string, parameters: Readonly<Record<string, string | number>>): string {
  const text = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]))
  return `${name}?${new URLSearchParams(text)}`
}

async function get(asked: string): Promise<void> {
  const response = await fetch(`${url}/console/api/${asked}`)
  const body = await response.text()
  if (!response.ok) throw new Error(`${asked}: ${response.status} ${body}`)
}

async function together(questions: readonly string[]): Promise<void> {
  await Promise.all(questions.map(get))
}

/**
 * A person's first look: nothing is in the browser's cache. The page itself notes when it stands, as who waits outside looks
 * again after 20 ms, 50, 100, 100 and then 500.
 */
async function homeIn(browser: Browser, n: number): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript({ content: NOTE_WHEN_IT_STANDS })
  const from = Date.now()
  await page.goto(`${url}/?${new URLSearchParams(rangeOf(n))}`, { waitUntil: 'commit' })
  await page
    .getByText(/^service-\d+$/)
    .first()
    .waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  const at = Number(await page.locator('html[data-stands-at]').getAttribute('data-stands-at'))
  await context.close()
  return at - from
}
