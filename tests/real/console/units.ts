import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'

const TEXT_RUNS = readFileSync(path.join(import.meta.dirname, 'text-runs.js'), 'utf8')

interface Texts {
  /** As they are read: what stands in one line or cell, and what is said of a picture. */
  readonly runs: readonly string[]
  /** Numbers whose heading does not say their unit. */
  readonly unheaded: readonly string[]
}

/**
 * Numbers of a page that do not say what they count: no unit or word follows, and no heading of their column has it.
 * What senders wrote, times and statements are left out.
 */
export async function bareNumbers(page: Page): Promise<string[]> {
  const { runs, unheaded } = (await page.evaluate(TEXT_RUNS)) as Texts // as the script ends
  return [...runs.filter(hasBareNumber), ...unheaded]
}

const NUMBER = String.raw`[+−-]?\d[\d,.]*(?: [kMG]\b)?`
/** Clocks, versions, and numbers that name one of several. */
const NO_AMOUNTS = /\b\d+:\d\d(?::\d\d)?\b|\b\d+\.\d+\.\d+\b|\b(?:number|attempt|HTTP|answers|answered) \d+\b/g
const UNIT = String.raw`\s*(?:[\p{L}%°×µ]|/\p{L})`
const BARE = new RegExp(String.raw`(?<![\p{L}\p{N}_.:/#-])${NUMBER}(?!${UNIT})(?![\d,.]*[\p{L}\d%])`, 'u')

export function hasBareNumber(text: string): boolean {
  const amounts = text.replaceAll(NO_AMOUNTS, 'x')
  // "1." stands before what is listed.
  return !/^\d+\.$/.test(amounts) && BARE.test(amounts)
}
