import assert from 'node:assert/strict'
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { temporaryFolder } from '../../temporary-folder.ts'
import { bareNumbers } from './units.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Debian's Chromium; where there is none the test fails. */
export async function openBrowser(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: found('chromium'), args: ['--no-sandbox', '--disable-gpu'] })
  t.after(() => browser.close())
  return browser
}

function found(program: string): string {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, program)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not in this one.
    }
  }
  throw new Error(`there is no ${program} in PATH: apt-get install ${program}`)
}

export interface Looks {
  readonly width: 1440 | 1024 | 390
  readonly theme: 'light' | 'dark'
}

export const LOOKS: readonly Looks[] = [
  { width: 1440, theme: 'light' },
  { width: 1440, theme: 'dark' },
  { width: 1024, theme: 'light' },
  { width: 390, theme: 'light' },
  { width: 390, theme: 'dark' },
]

/** A person's browser: its cookies are its own. */
export async function openContext(browser: Browser, { width, theme }: Looks): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width, height: width === 390 ? 844 : 900 },
    colorScheme: theme,
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })
}

/** What went wrong in a page: errors of scripts, and what its policy did not let through. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', error => faults.push(error.message))
  page.on('console', message => {
    // What the server refuses is told as an error, too, and is what some tests are about.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text())
  })
  return faults
}

/** Opens a page of the console and waits until all of it is there. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await settled(page)
}

export async function settled(page: Page): Promise<void> {
  await page.waitForSelector('main h1, main form')
  // Skeletons are gone: not by a function in the page, whose policy lets none be made of a text.
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
}

const folder = process.env.SENSORIUM_PICTURES ?? temporaryFolder('pictures')

/** For people to look at: under SENSORIUM_PICTURES, else in a temporary folder. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** Nothing sticks out, no number is without a unit, and axe finds nothing serious. */
export async function assertSound(page: Page, name: string): Promise<void> {
  const beyond = Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'))
  assert.ok(beyond <= 0, `${name}: ${beyond} px stick out to the right`)
  assert.deepEqual(await bareNumbers(page), [], `${name}: numbers without a unit`)
  // Through the debugger: the policy of the page lets no script in.
  await page.evaluate(AXE)
  const violations = (await page.evaluate(
    '(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations)()',
  )) as Violation[] // as axe documents it
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`),
    [],
    name,
  )
}
