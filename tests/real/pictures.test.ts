import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { type DemoDatabase, demoDatabase } from '../grafana/demo-data.ts'
import { expand } from '../grafana/expand.ts'
import { type Answer, answerOf } from '../grafana/frames.ts'
import { type Dashboard, type Panel, readDashboards } from '../grafana/read-dashboards.ts'
import { viewOf } from '../grafana/view.ts'
import { ROOT } from '../sensorium-process.ts'
import { openTab } from './chromium.ts'

const run = promisify(execFile)
const SOURCE = path.join(ROOT, 'tests/grafana/pictures')
/** Where the pictures are kept, to be looked at. */
const PICTURES = process.env.SENSORIUM_PICTURES || path.join(ROOT, 'data/pictures')
const WIDTHS = [1280, 1920]
const THEMES = ['light', 'dark']
const ROW_PX = 38

interface Drawn extends Omit<Dashboard, 'panels'> {
  readonly from: number
  readonly to: number
  readonly panels: readonly (Panel & { readonly answers: readonly Answer[] })[]
}

test('every dashboard is drawn by Grafana’s own components, light and dark, narrow and wide, and no panel is too small for what it says', async t => {
  const folder = await bundle()
  const demo = await demoDatabase(t)
  const dashboards: Drawn[] = []
  for (const dashboard of readDashboards()) dashboards.push(await asked(dashboard, demo))
  const address = await serve(t, folder, dashboards)
  const tab = await openTab(t)
  rmSync(PICTURES, { recursive: true, force: true })
  mkdirSync(PICTURES, { recursive: true })
  for (const { uid, title, panels } of dashboards) {
    const height = ROW_PX * Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) + 32
    for (const width of WIDTHS) {
      for (const theme of THEMES) {
        await t.test(`${title}, ${width} wide, ${theme}`, async () => {
          await tab.resize(width, height)
          await tab.goTo(`${address}/${uid}?theme=${theme}`)
          const faults = await tab.evaluate('window.whenDrawn()')
          writeFileSync(path.join(PICTURES, `${uid}-${width}-${theme}.png`), await tab.picture())
          assert.deepEqual(faults, [])
          assert.deepEqual(
            tab.console.splice(0).filter(line => line.includes('exceptionDetails')),
            [],
          )
        })
      }
    }
  }
  t.diagnostic(`pictures are in ${PICTURES}`)
})

async function asked(dashboard: Dashboard, demo: DemoDatabase): Promise<Drawn> {
  const { rows } = await demo.reader.query(
    `SELECT trace_id FROM application_logs WHERE trace_id IS NOT NULL AND level = 'error' LIMIT 1`,
  )
  const view = viewOf(dashboard, demo, { trace: String(rows[0].trace_id) })
  const panels: (Panel & { answers: Answer[] })[] = []
  for (const panel of dashboard.panels) {
    const answers: Answer[] = []
    for (const target of panel.targets ?? []) {
      const result = await demo.reader.query<unknown[]>({ text: expand(target.rawSql, view), rowMode: 'array' })
      answers.push(answerOf(target, result))
    }
    panels.push({ ...panel, answers })
  }
  return { ...dashboard, from: +view.from, to: +view.to, panels }
}

/** Installs Grafana's components, once for each lock file, and makes one script of them and the page. */
async function bundle(): Promise<string> {
  const lock = readFileSync(path.join(SOURCE, 'package-lock.json'))
  const cache = process.env.SENSORIUM_CACHE || path.join(homedir(), '.cache/sensorium')
  const folder = path.join(cache, `pictures-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`)
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`
    cpSync(SOURCE, unfinished, { recursive: true })
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps']
    await run('npm', ['ci', ...flags], { cwd: unfinished, maxBuffer: 1e8 })
    renameSync(unfinished, folder)
  }
  cpSync(path.join(SOURCE, 'page.jsx'), path.join(folder, 'page.jsx'))
  const loaders = ['.svg=dataurl', '.woff=empty', '.woff2=empty', '.ttf=empty'].map(one => `--loader:${one}`)
  const flags = ['--bundle', '--minify', '--format=iife', '--jsx=automatic', '--log-level=error', ...loaders]
  const esbuild = path.join(folder, 'node_modules/.bin/esbuild')
  await run(esbuild, ['page.jsx', '--outfile=page.js', '--define:process.env.NODE_ENV="production"', ...flags], {
    cwd: folder,
  })
  return folder
}

async function serve(t: TestContext, folder: string, dashboards: readonly Drawn[]): Promise<string> {
  const text = (response: ServerResponse, type: string, body: Buffer | string) =>
    response.setHeader('content-type', type).end(body)
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url!, 'http://page').pathname.slice(1))
    const dashboard = dashboards.find(({ uid }) => uid === name)
    if (dashboard !== undefined) return text(response, 'text/html; charset=utf-8', page(dashboard))
    const type = { 'page.js': 'text/javascript', 'page.css': 'text/css' }[name]
    if (type !== undefined) return text(response, type, readFileSync(path.join(folder, name)))
    const icon = /img\/icons\/[\w/-]+\.svg$/.exec(name)?.[0]
    const file = icon === undefined ? '' : path.join(folder, 'node_modules/@grafana/ui/dist/public', icon)
    if (file !== '' && existsSync(file)) return text(response, 'image/svg+xml', readFileSync(file))
    response.statusCode = 404
    return response.end()
  })
  t.after(() => server.close())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server's address is one
}

const page = (
  dashboard: Drawn,
) => `<!doctype html><link rel="stylesheet" href="/page.css"><style>body { margin: 0 }</style>
<div id="root"></div><script>window.dashboard = ${JSON.stringify(dashboard).replaceAll('<', '\\u003c')}</script>
<script src="/page.js"></script>`
